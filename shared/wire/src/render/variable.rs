//! The variables a text may name: few, typed, each known to come from us or from the customer.

/// The longest address behind which promises are claimed, in bytes.
pub const LONGEST_CLAIM: usize = 100;

/// What a text may name in `{{ }}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// The name customers know us by.
    Brand,
    /// The name of the store the decision is about.
    Store,
    /// The code of the coupon.
    Code,
    /// The last day of the coupon.
    ValidUntil,
    /// The link behind which what is promised is claimed.
    Claim,
    /// The name of the product the treatment is about.
    Product,
    /// The size of that product.
    Size,
    /// What one piece of it costs, with the currency.
    Price,
    /// The area in which it stands in the store the decision is about.
    Area,
    /// How to use it or care for it.
    HowTo,
}

/// Who a value comes from. A text may say what is ours and what the customer told us, never what we found out about them; so far nothing
/// told is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// The customer told us.
    Told,
    /// It is about us.
    Ours,
}

impl Variable {
    /// Every variable, in the order used wherever they are listed.
    pub const ALL: [Self; 10] = [
        Self::Brand,
        Self::Store,
        Self::Code,
        Self::ValidUntil,
        Self::Claim,
        Self::Product,
        Self::Size,
        Self::Price,
        Self::Area,
        Self::HowTo,
    ];

    /// Those whose value is one of the product the treatment is about.
    pub const OF_PRODUCT: [Self; 5] = [Self::Product, Self::Size, Self::Price, Self::Area, Self::HowTo];

    /// The name used in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Store => "store",
            Self::Code => "code",
            Self::ValidUntil => "valid_until",
            Self::Claim => "claim",
            Self::Product => "product",
            Self::Size => "size",
            Self::Price => "price",
            Self::Area => "area",
            Self::HowTo => "how_to",
        }
    }

    /// Who its value comes from.
    pub fn provenance(self) -> Provenance {
        match self {
            // Which product it is, the catalogue says, not what somebody did.
            Self::Brand
            | Self::Store
            | Self::Code
            | Self::ValidUntil
            | Self::Claim
            | Self::Product
            | Self::Size
            | Self::Price
            | Self::Area
            | Self::HowTo => Provenance::Ours,
        }
    }

    /// The most characters of its value; what is longer is cut.
    pub fn longest(self) -> usize {
        match self {
            Self::Brand => 40,
            Self::Store | Self::Area => 60,
            Self::Code => 10,
            Self::ValidUntil => "30 September 2026".len(),
            Self::Claim => LONGEST_CLAIM + "?d=d-".len() + 32,
            Self::Product => 80,
            Self::Size => 20,
            Self::Price => "999999999.999 KWD".len(),
            Self::HowTo => 300,
        }
    }
}
