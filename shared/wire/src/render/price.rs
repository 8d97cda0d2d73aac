//! Prices as people read them.

/// An amount in minor units with its currency: `$89.00` for US dollars, `89.00 EUR` for any other.
pub fn price(minor: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let unit = 10_i64.pow(digits);
    let (major, rest) = (minor.div_euclid(unit), minor.rem_euclid(unit));
    let amount = match usize::try_from(digits).unwrap_or_default() {
        0 => major.to_string(),
        width => format!("{major}.{rest:0width$}"),
    };
    if currency == "USD" { format!("${amount}") } else { format!("{amount} {currency}") }
}

/// How many digits the minor unit of a currency has after the point, by its ISO 4217 code: 2 for cents.
pub fn minor_digits(currency: &str) -> u32 {
    const NONE: [&str; 16] = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ];
    const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
    match currency {
        code if NONE.contains(&code) => 0,
        code if THREE.contains(&code) => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_the_digits_and_the_sign_of_its_currency() {
        let prices = [(8_900, "USD"), (5, "USD"), (8_900, "EUR"), (500, "JPY"), (1_250, "KWD")];
        let read = prices.map(|(minor, currency)| price(minor, currency));
        assert_eq!(read, ["$89.00", "$0.05", "89.00 EUR", "500 JPY", "1.250 KWD"]);
    }
}
