use jiff::civil::date;
use jiff::tz::TimeZone;
use tact_decide::{Brand, Issue, Mode, Translation};
use tact_domain::{DecisionId, Goods, Places, Post, Shelf, Store, Trigger};

use super::*;

/// All that a rendering borrows, as a test bends it.
struct Scene {
    catalogue: Catalogue,
    action: Action,
    treatment: Treatment,
    item: DecisionItem,
    to: Option<&'static str>,
    coupon: Option<CouponText>,
    unsubscribe: Option<&'static str>,
    locale: Option<&'static str>,
}

impl Scene {
    fn says(channel: Channel, text: &str) -> Self {
        let to = match channel {
            Channel::Sms => Some("+12125550142"),
            Channel::Email => Some("ana@example.com"),
            Channel::Push => Some("arn:aws:sns:us-east-1:1:endpoint/APNS/app/1"),
            _ => None,
        };
        Self {
            catalogue: catalogue(),
            action: action(),
            treatment: treatment(channel, text),
            item: item(channel),
            to,
            coupon: Some(CouponText { code: "ABCDE23456".into(), last_day: date(2026, 11, 30) }),
            unsubscribe: Some("https://reply.example/u/token"),
            locale: None,
        }
    }

    fn render(&self) -> Result<Message, RenderError> {
        render(&Rendering {
            catalogue: &self.catalogue,
            action: &self.action,
            treatment: &self.treatment,
            item: &self.item,
            customer: &CustomerId::new("ana").unwrap(),
            locale: self.locale,
            to: self.to,
            coupon: self.coupon.clone(),
            unsubscribe: self.unsubscribe.map(str::to_owned),
            now: Timestamp(1_793_451_600_000),
        })
    }

    fn text(&self) -> String {
        self.render().unwrap().text
    }
}

fn catalogue() -> Catalogue {
    let store = Store {
        id: "market-street".into(),
        name: "Market Street".to_owned(),
        lat: 0.0,
        lon: 0.0,
        zone: TimeZone::UTC,
        enter_m: 1.0,
        exit_m: 1.0,
        dwell_s: 1,
        areas: Vec::new(),
        service_areas: Vec::new(),
    };
    let brand = Brand {
        name: "Harbor & Co.".to_owned(),
        postal_address: "1 Market Street, New York, NY 10004".to_owned(),
        email_from: "hello@harbor.example".to_owned(),
        help: String::new(),
        links: vec!["harbor.example".to_owned()],
        claim: Some("https://harbor.example/claim".to_owned()),
        sms_segments: 2,
    };
    Catalogue { brand, places: Places { stores: vec![store], deny: Vec::new() }, ..Catalogue::default() }
}

fn action() -> Action {
    Action::new("win_back", Issue::Retain, "care")
}

fn treatment(channel: Channel, text: &str) -> Treatment {
    Treatment {
        valid_s: 60,
        window_s: 60,
        subject: (channel == Channel::Email).then(|| "News from {{ brand }}".to_owned()),
        text: text.to_owned(),
        ..Treatment::new("coupon", channel, Mode::Push)
    }
}

fn item(channel: Channel) -> DecisionItem {
    let names = ["win_back", "care", "coupon"].map(Key::from);
    DecisionItem {
        store: Some("market-street".into()),
        expires_at: Timestamp(1_793_455_200_000),
        window_s: 60,
        ..DecisionItem::new(DecisionId(7), Trigger::Entry, names, channel, Timestamp(1_793_451_600_000))
    }
}

#[test]
fn a_text_is_filled_from_brand_store_and_coupon() {
    let scene =
        Scene::says(Channel::Sms, "{{ brand }}: {{code}} until {{ valid_until }} at {{ store }}. STOP ends it.");
    let message = scene.render().unwrap();
    assert_eq!(message.text, "Harbor & Co.: ABCDE23456 until 30 November 2026 at Market Street. STOP ends it.");
    assert_eq!((message.to.as_deref(), message.marketing), (Some("+12125550142"), true));
    assert_eq!((message.subject, message.unsubscribe), (None, None), "a text message has neither");
    assert_eq!((message.sent_at.0, message.expires_at.0), (1_793_451_600_000, 1_793_455_200_000));
}

#[test]
fn a_link_to_claim_in_private_names_the_decision_and_nobody() {
    let mut scene = Scene::says(Channel::Push, "In private: {{ claim }}");
    let link = "https://harbor.example/claim?d=d-00000000000000000000000000000007";
    assert_eq!(scene.text(), format!("In private: {link}"));
    assert!(link.len() <= Variable::Claim.longest());
    scene.catalogue.brand.claim = None;
    assert_eq!(scene.render(), Err(RenderError::Template(TemplateError::NoValue(Variable::Claim))));
}

#[test]
fn only_what_everybody_may_read_says_where_it_is_posted() {
    let mut scene = Scene::says(Channel::Webhook, "We are sorry.");
    let post = Post { arena: "forum".into(), reply_to: Some("post-7".into()) };
    scene.item.answers = Some(post.clone());
    assert_eq!(scene.render().unwrap().answers, None, "what is said in private goes nowhere else");
    scene.treatment.public = true;
    assert_eq!(scene.render().unwrap().answers, Some(post));
}

/// A text about a kettle of which six stand in the kitchen of the store, counted an hour before the message leaves.
fn about_a_kettle(text: &str) -> Scene {
    let mut scene = Scene::says(Channel::Push, text);
    let kettle = Product {
        id: "copper-kettle".into(),
        name: "Copper kettle".to_owned(),
        category: "kitchen".into(),
        size: Some("1.7 l".into()),
        price: 8_900,
        how_to: Some("Descale it.".to_owned()),
    };
    let as_of = Timestamp(1_793_451_600_000).plus_s(-3_600);
    let shelf = Shelf { product: kettle.id.clone(), quantity: 6, area: Some("kitchen".into()), as_of };
    scene.treatment.product = Some(kettle.id.clone());
    scene.catalogue.goods = Goods::new(vec![kettle], vec![("market-street".into(), vec![shelf])]);
    (scene.catalogue.policy.currency, scene.catalogue.policy.stock_fresh_s) = ("USD".into(), 3_600);
    scene
}

#[test]
fn a_text_says_what_its_product_is_and_where_it_stands() {
    let mut scene = about_a_kettle("{{ product }}, {{ size }}, {{ price }}, in {{ area }}. {{ how_to }}");
    assert_eq!(scene.text(), "Copper kettle, 1.7 l, $89.00, in kitchen. Descale it.");
    scene.catalogue.policy.currency = "EUR".into();
    assert_eq!(scene.text(), "Copper kettle, 1.7 l, 89.00 EUR, in kitchen. Descale it.");
}

#[test]
fn nobody_is_sent_to_a_shelf_that_is_not_known_to_hold_something() {
    let no_area = Err(RenderError::Template(TemplateError::NoValue(Variable::Area)));
    let area = || about_a_kettle("It stands in {{ area }}.");
    assert!(area().render().is_ok());
    let mut stale = area();
    stale.catalogue.policy.stock_fresh_s = 3_599;
    assert_eq!(stale.render(), no_area);
    let mut elsewhere = area();
    elsewhere.item.store = Some("tampa".into());
    assert_eq!(elsewhere.render(), no_area);
    elsewhere.item.store = None;
    assert_eq!(elsewhere.render(), no_area);
    let mut gone = area();
    gone.catalogue.goods = Goods::new(gone.catalogue.goods.products().to_vec(), Vec::new());
    assert_eq!(gone.render(), no_area);
}

#[test]
fn a_text_about_a_product_that_is_gone_does_not_leave() {
    for variable in Variable::OF_PRODUCT {
        let no_value = Err(RenderError::Template(TemplateError::NoValue(variable)));
        let mut scene = about_a_kettle(&format!("{{{{ {} }}}}", variable.name()));
        assert!(scene.render().is_ok());
        scene.treatment.product = Some("gone".into());
        assert_eq!(scene.render(), no_value);
        scene.treatment.product = None;
        assert_eq!(scene.render(), no_value);
    }
}

#[test]
fn a_value_that_looks_like_a_template_or_a_header_is_only_text() {
    let mut scene = Scene::says(Channel::Email, "Hello from {{ store }}.");
    scene.treatment.subject = Some("News from {{ store }}".to_owned());
    for value in ["{{ code }}", "{% raw %}", "a\r\nBcc: b@example.com", "a\nBcc: b\0"] {
        scene.catalogue.places.stores[0].name = value.to_owned();
        let message = scene.render().unwrap();
        let line = value.replace("\r\n", " ").replace('\n', " ").replace('\0', "");
        assert_eq!(message.subject.unwrap(), format!("News from {line}"));
        assert!(message.text.starts_with(&format!("Hello from {line}.\n")));
    }
}

#[test]
fn a_link_in_a_value_leads_nowhere_but_to_us() {
    let mut scene = Scene::says(Channel::Push, "See https://harbor.example/{{ store }}");
    assert!(scene.render().is_ok());
    for (text, value) in
        [("{{ store }}", "https://evil.example"), ("https://{{ store }}", "evil.example"), ("{{ store }}", "bit.ly/1")]
    {
        scene.treatment.text = text.to_owned();
        scene.catalogue.places.stores[0].name = value.to_owned();
        assert!(matches!(scene.render(), Err(RenderError::Link(_))), "{value}");
    }
}

#[test]
fn what_has_no_value_is_not_left_out_but_refused() {
    let no_value = |variable| Err(RenderError::Template(TemplateError::NoValue(variable)));
    let mut scene = Scene::says(Channel::Push, "At {{ store }}");
    for store in [None, Some("gone")] {
        scene.item.store = store.map(Into::into);
        assert_eq!(scene.render(), no_value(Variable::Store));
    }
    scene.coupon = None;
    for (text, variable) in [("{{ code }}", Variable::Code), ("{{ valid_until }}", Variable::ValidUntil)] {
        scene.treatment.text = text.to_owned();
        assert_eq!(scene.render(), no_value(variable));
    }
    scene.treatment.text = "\0\u{200b} ".to_owned();
    assert_eq!(scene.render(), Err(RenderError::Empty));
}

#[test]
fn a_text_message_is_one_line_of_at_most_so_many_segments() {
    assert_eq!(Scene::says(Channel::Sms, "a\r\nb\u{7}\u{1b}c").text(), "a bc");
    let count = |text: &str| Scene::says(Channel::Sms, text).render();
    assert!(count(&"a".repeat(306)).is_ok() && count(&"я".repeat(134)).is_ok());
    let too_long = Err(RenderError::TooLong { count: 3, most: 2 });
    assert_eq!(count(&"a".repeat(307)), too_long);
    assert_eq!(count(&"👟".repeat(70)), too_long);
}

#[test]
fn an_address_must_be_one_of_its_channel() {
    let corpus = [
        (
            Channel::Sms,
            vec!["12125550142", "+1212", "+1 2125550142", "+12125550142\n", "+12125550142,+12125550143", ""],
        ),
        (
            Channel::Email,
            vec![
                "ana",
                "ana@example.com,b@example.com",
                "ana@example.com;b@example.com",
                "ana@example.com\r\nBcc: b@example.com",
            ],
        ),
        (Channel::Push, vec!["", "a b", "a\nb"]),
    ];
    for (channel, addresses) in corpus {
        let mut scene = Scene::says(channel, "Hello");
        assert!(scene.render().is_ok());
        for to in addresses.into_iter().map(Some).chain([None]) {
            scene.to = to;
            assert_eq!(scene.render(), Err(RenderError::Address(channel)), "{to:?}");
        }
    }
    let mut card = Scene::says(Channel::Inbox, "Hello");
    card.to = Some("whatever");
    assert_eq!(card.render().unwrap().to, None, "a card needs no address");
}

#[test]
fn an_email_that_sells_ends_with_who_we_are_and_how_to_end_it() {
    let scene = Scene::says(Channel::Email, "First line.\nSecond line.");
    let message = scene.render().unwrap();
    let foot = "Harbor & Co.\n1 Market Street, New York, NY 10004\nUnsubscribe: https://reply.example/u/token";
    assert_eq!(message.text, format!("First line.\nSecond line.\n\n{foot}"));
    assert_eq!(message.unsubscribe.as_deref(), Some("https://reply.example/u/token"));
    assert_eq!(message.subject.as_deref(), Some("News from Harbor & Co."));

    let mut receipt = Scene::says(Channel::Email, "Your receipt.");
    receipt.action.class = Class::Transactional;
    let message = receipt.render().unwrap();
    assert_eq!((message.text.as_str(), message.unsubscribe, message.marketing), ("Your receipt.", None, false));
}

#[test]
fn an_email_that_sells_does_not_leave_without_a_link_to_end_it() {
    let mut scene = Scene::says(Channel::Email, "Hello");
    for link in [
        None,
        Some("http://reply.example/u"),
        Some("https://"),
        Some("https://a.example/\r\nBcc: b"),
        Some("https://a.example/>"),
    ] {
        scene.unsubscribe = link;
        assert_eq!(scene.render(), Err(RenderError::Unsubscribe), "{link:?}");
    }
}

#[test]
fn headers_of_an_email_hold_one_line() {
    let mut scene = Scene::says(Channel::Email, "Hello");
    for subject in
        [None, Some(""), Some(" "), Some("a\rb"), Some("a\nBcc: b@example.com"), Some("a\r\n b"), Some("a\0b")]
    {
        scene.treatment.subject = subject.map(str::to_owned);
        assert_eq!(scene.render(), Err(RenderError::Subject), "{subject:?}");
    }
    scene.treatment.subject = Some("Hello".to_owned());
    for (name, from) in [
        ("Harbor\nBcc: b", "hello@harbor.example"),
        ("", "hello@harbor.example"),
        ("Harbor", "hello@harbor.example, b@example.com"),
        ("Harbor", ""),
    ] {
        (scene.catalogue.brand.name, scene.catalogue.brand.email_from) = (name.to_owned(), from.to_owned());
        assert_eq!(scene.render(), Err(RenderError::Sender), "{name:?} {from:?}");
    }
}

#[test]
fn an_answer_says_its_own_words_and_nothing_else() {
    let mut scene = Scene::says(Channel::Email, "Never said: {{ code }}");
    scene.item.channel = Channel::Sms;
    scene.item.words = Some("You wrote {{ code }} STOP".to_owned());
    scene.to = Some("+12125550142");
    let message = scene.render().unwrap();
    assert_eq!(message.text, "You wrote {{ code }} STOP");
    assert_eq!((message.channel, message.marketing), (Channel::Sms, false));

    scene.item.channel = Channel::Email;
    scene.to = Some("ana@example.com");
    let message = scene.render().unwrap();
    assert_eq!((message.subject.as_deref(), message.unsubscribe), (Some("Harbor & Co."), None));
    scene.item.words = Some("See https://evil.example".to_owned());
    assert!(matches!(scene.render(), Err(RenderError::Link(_))));
}

#[test]
fn a_reader_gets_the_words_of_their_language_and_otherwise_the_treatments_own() {
    let mut scene = Scene::says(Channel::Email, "Your boots are in at {{ store }}.");
    let said = |locale: &str, subject: &str, text: &str| Translation {
        locale: locale.into(),
        subject: Some(subject.to_owned()),
        text: text.to_owned(),
    };
    let swiss = said("de-CH", "Neues von {{ brand }}", "Grüezi, die Schuhe sind da.");
    scene.treatment.translations = vec![said("de", "Neu bei {{ brand }}", "Die Stiefel sind da: {{ store }}."), swiss];
    for (locale, subject, text) in [
        (Some("de"), "Neu bei Harbor & Co.", "Die Stiefel sind da: Market Street."),
        (Some("de-AT"), "Neu bei Harbor & Co.", "Die Stiefel sind da: Market Street."),
        (Some("de-CH"), "Neues von Harbor & Co.", "Grüezi, die Schuhe sind da."),
        (Some("fr"), "News from Harbor & Co.", "Your boots are in at Market Street."),
        (None, "News from Harbor & Co.", "Your boots are in at Market Street."),
    ] {
        scene.locale = locale;
        let message = scene.render().unwrap();
        assert_eq!(message.subject.as_deref(), Some(subject), "{locale:?}");
        assert!(message.text.starts_with(text), "{locale:?}: {}", message.text);
    }
}
