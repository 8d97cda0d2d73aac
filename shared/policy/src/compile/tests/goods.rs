//! Products and stock: what they mean, what they get wrong, and what a text may say of a product.

use tact_domain::{Product, Timestamp};

use super::*;

const PRODUCTS: &str = "id,name,category,size,price,how_to
tea-towels,Tea towels,kitchen,,22,
copper-kettle,Copper kettle,kitchen,1.7 l,89.00,\"Descale it, once a month.\"
";

const STOCK: &str = "product,quantity,area,as_of
copper-kettle,6,shoes,2026-10-31T06:30:00-04:00
tea-towels,0,,2026-10-31T10:30:00.5Z
";

const STORE: &str = "stock/market-street.csv";
/// 2026-10-31T10:30:00Z
const COUNTED: Timestamp = Timestamp(1_793_442_600_000);

fn stocked() -> Vec<SourceFile> {
    let mut files = files();
    files.extend([file("products.csv", PRODUCTS), file(STORE, STOCK)]);
    files
}

/// The files with one piece of one of them written differently.
fn bent(path: &str, right: &str, wrong: &str) -> Vec<SourceFile> {
    let mut files = stocked();
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    assert!(file.text.contains(right), "{right}");
    file.text = file.text.replacen(right, wrong, 1);
    files
}

fn errors(files: &[SourceFile]) -> String {
    compile(files).err().map(|errors| errors.to_string()).unwrap_or_default()
}

fn assert_errors(path: &str, cases: &[(&str, &str, &str)]) {
    for (right, wrong, expected) in cases {
        assert_eq!(errors(&bent(path, right, wrong)), format!("{path}:{expected}"));
    }
}

#[test]
fn products_and_stock_mean_what_they_say() {
    let catalogue = compile(&stocked()).unwrap();
    let kettle = Product {
        id: "copper-kettle".into(),
        name: "Copper kettle".to_owned(),
        category: "kitchen".into(),
        size: Some("1.7 l".into()),
        price: 8_900,
        how_to: Some("Descale it, once a month.".to_owned()),
    };
    assert_eq!(catalogue.goods.product("copper-kettle"), Some(&kettle));
    let towels = catalogue.goods.product("tea-towels").unwrap();
    assert_eq!((&towels.size, towels.price, &towels.how_to), (&None, 2_200, &None));
    assert_eq!(catalogue.policy.stock_fresh_s, 86_400);
    let in_stock = |product, now| catalogue.goods.in_stock("market-street", product, now, 86_400);
    assert_eq!((in_stock("copper-kettle", COUNTED), in_stock("tea-towels", COUNTED)), (Some(6), Some(0)));
    assert_eq!(in_stock("copper-kettle", COUNTED.plus_s(86_401)), None);
    assert_eq!(decode_catalogue(&encode_catalogue(&catalogue)).unwrap(), catalogue);
}

#[test]
fn a_catalogue_may_have_no_goods_and_says_how_long_a_count_is_believed() {
    let goods = compile(&files()).unwrap().goods;
    assert!(goods.products().is_empty() && goods.stock().is_empty());
    let fresh = |wrong: &str| compile(&bent("policy.toml", "zone =", &format!("stock_fresh = \"{wrong}\"\nzone =")));
    assert_eq!(fresh("90m").unwrap().policy.stock_fresh_s, 5_400);
    let error = fresh("32d").unwrap_err().to_string();
    assert_eq!(error, "policy.toml:2: stock_fresh: `32d` is out of bounds; write a duration from `1s` to `31d`");
}

#[test]
fn neither_the_order_of_rows_nor_line_ends_change_the_catalogue() {
    let expected = encode_catalogue(&compile(&stocked()).unwrap());
    let written = |change: fn(&str) -> String| {
        let mut files = files();
        files.extend([file(STORE, &change(STOCK)), file("products.csv", &change(PRODUCTS))]);
        encode_catalogue(&compile(&files).unwrap())
    };
    assert_eq!(written(|text| text.replace('\n', "\r\n")), expected);
    assert_eq!(written(|text| format!("\u{feff}{}", text.trim_end())), expected, "as spreadsheets write it");
    let turned = |text: &str| {
        let (head, rows) = text.split_once('\n').unwrap();
        format!("{head}\n{}", rows.lines().rev().collect::<Vec<_>>().join("\n\n"))
    };
    assert_eq!(written(turned), expected);
}

#[test]
fn what_products_get_wrong_is_said_with_line_column_and_fix() {
    let (long, endless) = (format!("{},", "x".repeat(81)), "x".repeat(301));
    let cases = [
        (
            "id,name",
            "id,nam",
            "1: nam: is not a known column; did you mean `name`?\nproducts.csv:1: name: is missing; add the column `name` to the first line",
        ),
        ("id,name", "id,id,name", "1: id: is a column twice; keep one of them"),
        (
            "how_to\n",
            "how_to,colour\n",
            "1: colour: is not a known column; remove it; known here are id, name, category, price, size, how_to",
        ),
        ("tea-towels,Tea", "copper-kettle,Tea", "3: id: `copper-kettle` is listed above; keep one of the rows"),
        ("tea-towels,Tea", ",Tea", "2: id: is empty; write for example `copper-kettle`"),
        ("Tea towels,", &long, "2: name: is longer than 80 characters; shorten it"),
        ("Tea towels,", "Tea\ttowels,", "2: name: has a line end or another control character; write it on one line"),
        (
            "Tea towels",
            "https://evil.example",
            "2: name: has a link to `evil.example`, where links may not lead; lead to one of harbor.example, shop.example, or add the host to `links` in channels.toml",
        ),
        ("1.7 l", "as large as the largest", "3: size: is longer than 20 characters; shorten it"),
        (
            "89.00",
            "$89",
            "3: price: `$89` is not an amount of money; write major units with at most four digits after the point, for example `\"6.00\"`",
        ),
        (
            "89.00",
            "89.005",
            "3: price: `89.005` cannot be paid in coins; write an amount of whole minor units, for example `\"10.00\"`",
        ),
        ("89.00", "", "3: price: is empty; write for example `89.00`"),
        ("Descale it, once a month.", &endless, "3: how_to: is longer than 300 characters; shorten it"),
        (
            "89.00",
            "89,00",
            "3: row: has 7 cells, the first line has 6; put cells that hold a comma between quotes, and leave none out",
        ),
    ];
    assert_errors("products.csv", &cases);
}

#[test]
fn what_stock_gets_wrong_is_said_with_line_column_and_fix() {
    let instant = "is not an instant; write date, time and offset, for example `2026-10-31T06:00:00-04:00`";
    let cases: [(&str, &str, String); 12] = [
        ("as_of", "as-of", "1: as-of: is not a known column; did you mean `as_of`?\nstock/market-street.csv:1: as_of: is missing; add the column `as_of` to the first line".to_owned()),
        ("copper-kettle", "copper-kettel", "2: product: `copper-kettel` is not a product; add it to products.csv, or remove the row".to_owned()),
        ("tea-towels", "copper-kettle", "3: product: `copper-kettle` is listed above; keep one of the rows".to_owned()),
        (",6,", ",-6,", "2: quantity: `-6` is not a number of pieces; write a whole number from 0 to 1000000".to_owned()),
        (",6,", ",+6,", "2: quantity: `+6` is not a number of pieces; write a whole number from 0 to 1000000".to_owned()),
        (",6,", ",1000001,", "2: quantity: `1000001` is not a number of pieces; write a whole number from 0 to 1000000".to_owned()),
        ("shoes", "shoe", "2: area: `shoe` is not an area of `market-street`; did you mean `shoes`?".to_owned()),
        ("shoes", "kitchen", "2: area: `kitchen` is not an area of `market-street`; add it to the `areas` of the store in stores.toml, or leave the cell empty".to_owned()),
        ("2026-10-31T06:30:00-04:00", "2026-10-31", format!("2: as_of: `2026-10-31` {instant}")),
        ("2026-10-31T06:30:00-04:00", "2026-10-31T06:30:00", format!("2: as_of: `2026-10-31T06:30:00` {instant}")),
        ("2026-10-31T06:30:00-04:00", "2026-10-31 06:30-04", format!("2: as_of: `2026-10-31 06:30-04` {instant}")),
        ("2026-10-31T06:30:00-04:00", "1926-10-31T06:30:00-04:00", format!("2: as_of: `1926-10-31T06:30:00-04:00` {instant}")),
    ];
    for (right, wrong, expected) in &cases {
        assert_errors(STORE, &[(right, wrong, expected.as_str())]);
    }
}

const COMPLEMENTS: &str = "product,with,lift
copper-kettle,tea-towels,2.15
tea-towels,copper-kettle,3
";

#[test]
fn complements_mean_what_they_say_and_what_they_get_wrong_is_said() {
    let with = |right: &str, other: &str| {
        let mut files = stocked();
        assert!(COMPLEMENTS.contains(right), "{right}");
        files.push(file("complements.csv", &COMPLEMENTS.replacen(right, other, 1)));
        files
    };
    let catalogue = compile(&with("", "")).unwrap();
    let lifts: Vec<_> = catalogue.goods.complements().iter().map(|row| (row.product.as_str(), row.lift)).collect();
    assert_eq!(lifts, [("copper-kettle", 215), ("tea-towels", 300)]);
    assert_eq!(decode_catalogue(&encode_catalogue(&catalogue)).unwrap(), catalogue);
    let unlike = "is not a lift; write how many times as often as by chance, for example `2.15`";
    let cases = [
        (
            "copper-kettle,tea",
            "copper-kettel,tea",
            "2: product: `copper-kettel` is not a product; did you mean `copper-kettle`?".to_owned(),
        ),
        (
            "tea-towels,copper-kettle",
            "tea-towels,tea-towels",
            "3: with: `tea-towels` goes with itself; remove the row".to_owned(),
        ),
        (
            "tea-towels,copper-kettle,",
            "copper-kettle,tea-towels,",
            "3: with: `tea-towels` with `copper-kettle` is listed above; keep one of the rows".to_owned(),
        ),
        ("2.15", "2.155", format!("2: lift: `2.155` {unlike}")),
        ("2.15", "-2", format!("2: lift: `-2` {unlike}")),
        ("2.15", "0.00", format!("2: lift: `0.00` {unlike}")),
        ("2.15", "", "2: lift: is empty; write for example `2.15`".to_owned()),
    ];
    for (right, wrong, expected) in cases {
        assert_eq!(errors(&with(right, wrong)), format!("complements.csv:{expected}"));
    }
    let mut files = with("", "");
    files.push(file(
        "sensitive.toml",
        "[[matter]]\nclass = \"health\"\nsource = \"us\"\nas_of = \"2026-10-01\"\nproducts = [\"copper-kettle\"]\n",
    ));
    let said = errors(&files);
    assert!(
        said.contains("complements.csv:2: product: `copper-kettle` tells of health, and so would what goes with it"),
        "{said}"
    );
}

#[test]
fn a_stock_file_is_named_like_a_store() {
    let named = |path: &str| {
        let mut files = stocked();
        files.last_mut().unwrap().path = path.to_owned();
        errors(&files)
    };
    assert_eq!(
        named("stock/market-stret.csv"),
        "stock/market-stret.csv:1: file: `market-stret` is not a store; did you mean `market-street`?"
    );
    assert_eq!(
        named("stock/moon.csv"),
        "stock/moon.csv:1: file: `moon` is not a store; name the file like a store of stores.toml"
    );
    assert_eq!(
        named("stocks/moon.csv"),
        "stocks/moon.csv:1: file: is not a file of a catalogue; put actions into `actions/NAME.toml`, stock into `stock/STORE.csv`"
    );
}

#[test]
fn every_mistake_of_a_file_is_said_with_its_own_line_whatever_ends_it() {
    let text = "product,quantity,as_of\r\n\r\ncopper-kettle,x,2026-10-31T10:30:00Z\r\ntea-towels,1,now\r\n";
    let mut files = stocked();
    files.last_mut().unwrap().text = text.to_owned();
    let found = compile(&files).unwrap_err();
    let places: Vec<_> = found.mistakes().iter().map(|one| (one.line, one.key.as_str())).collect();
    assert_eq!(places, [(3, "quantity"), (4, "as_of")]);
    files.last_mut().unwrap().text = String::new();
    let found = compile(&files).unwrap_err();
    let places: Vec<_> = found.mistakes().iter().map(|one| (one.line, one.key.as_str())).collect();
    assert_eq!(places, [(1, "as_of"), (1, "product"), (1, "quantity")]);
}

#[test]
fn there_is_room_for_twenty_thousand_products_and_no_more() {
    let row = |n: usize| format!("p{n},P,kitchen,1.00\n");
    let text = |count: usize| format!("id,name,category,price\n{}", (0..count).map(row).collect::<String>());
    let with = |count: usize| {
        let mut files = files();
        files.push(file("products.csv", &text(count)));
        files
    };
    assert_eq!(compile(&with(20_000)).unwrap().goods.products().len(), 20_000);
    let error = errors(&with(20_002));
    assert_eq!(error, "products.csv:20002: file: has more than 20000 rows; remove what is no longer sold");
}

#[test]
fn what_a_text_says_of_a_product_is_there_to_be_said() {
    let sms = "valid = \"2d\"\ntext = \"{{ brand }}: ten dollars off. Reply STOP to opt out.\"";
    let about = |product: &str, text: &str| {
        let product = if product.is_empty() { String::new() } else { format!("product = \"{product}\"\n") };
        let wrong = format!("{product}valid = \"2d\"\ntext = \"{text} STOP\"");
        compile(&bent("actions/win_back.toml", sms, &wrong)).map_err(|errors| errors.to_string())
    };
    let all = "{{ product }}, {{ size }}, {{ price }}, in {{ area }}: {{ how_to }}";
    let catalogue = about("copper-kettle", all).unwrap();
    assert_eq!(catalogue.actions[0].treatments[0].product.as_deref(), Some("copper-kettle"));
    assert!(about("tea-towels", "{{ product }}, {{ price }}, {{ area }}").is_ok());
    let cases = [
        (
            "copper-kettel",
            "{{ price }}",
            "26: treatment.sms.product: `copper-kettel` is not a product; did you mean `copper-kettle`?",
        ),
        ("dress", "Hello", "26: treatment.sms.product: `dress` is not a product; add it to products.csv"),
        (
            "",
            "{{ area }}",
            "27: treatment.sms.text: names `area`, and the treatment is about no product; add for example `product = \"copper-kettle\"`, or remove the variable",
        ),
        (
            "tea-towels",
            "{{ size }}",
            "28: treatment.sms.text: names `size`, and `tea-towels` has none in products.csv; write it there, or remove the variable",
        ),
        (
            "tea-towels",
            "{{ how_to }}",
            "28: treatment.sms.text: names `how_to`, and `tea-towels` has none in products.csv; write it there, or remove the variable",
        ),
    ];
    for (product, text, expected) in cases {
        assert_eq!(about(product, text).unwrap_err(), format!("actions/win_back.toml:{expected}"));
    }
}

#[test]
fn a_text_message_about_a_product_fits_whatever_its_product_and_areas_are_called() {
    // With 13 letters of the name, 5 of the size, 6 of the price, 25 of the how-to, and 5 of the longest area, `shoes`.
    let text = |letters: usize| {
        let all = "{{ product }}{{ size }}{{ price }}{{ how_to }}{{ area }}STOP";
        format!("product = \"copper-kettle\"\ntext = \"{}{all}\"", "x".repeat(letters))
    };
    let right = "text = \"{{ brand }}: ten dollars off. Reply STOP to opt out.\"";
    let with = |letters| errors(&bent("actions/win_back.toml", right, &text(letters)));
    assert_eq!(with(306 - 13 - 5 - 6 - 25 - 5 - 4), "");
    let too_long = "28: treatment.sms.text: takes up to 3 segments, at most 2 are allowed; shorten it, or allow more `sms_segments` in channels.toml";
    assert_eq!(with(306 - 13 - 5 - 6 - 25 - 5 - 4 + 1), format!("actions/win_back.toml:{too_long}"));

    let mut wide = bent("actions/win_back.toml", right, &text(100));
    assert_eq!(errors(&wide), "");
    wide[2].text = wide[2].text.replace("\"shoes\"]", "\"shoes\", \"обувь\"]");
    assert_eq!(errors(&wide), format!("actions/win_back.toml:{too_long}"), "the product may be moved there");
}

#[test]
fn stock_of_stores_that_are_gone_goes_with_them() {
    let catalogue = compile(&stocked()).unwrap();
    let only_store = STORES.split_once("[[deny]]").unwrap().0;
    let replaced = with_stores(&catalogue, &file("s.toml", &only_store.replace("market-street", "cell:9"))).unwrap();
    assert_eq!(replaced.goods.products(), catalogue.goods.products());
    assert!(replaced.goods.stock().is_empty());
    let kept = with_stores(&catalogue, &file("s.toml", only_store)).unwrap();
    assert_eq!(kept.goods, catalogue.goods);
}

#[test]
fn goods_are_read_from_their_files() {
    let folder = tempfile::tempdir().unwrap();
    for inner in ["actions", "stock"] {
        std::fs::create_dir(folder.path().join(inner)).unwrap();
    }
    for file in stocked() {
        std::fs::write(folder.path().join(&file.path), &file.text).unwrap();
    }
    for ignored in [".market-street.csv", "README.md", "market-street.csv~"] {
        std::fs::write(folder.path().join("stock").join(ignored), "nothing").unwrap();
    }
    assert_eq!(crate::load(folder.path(), None).unwrap(), compile(&stocked()).unwrap());
}

#[test]
fn the_default_catalogue_counts_its_stock_in_every_store() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue"));
    let catalogue = crate::load(folder, None).unwrap();
    let (goods, fresh_s) = (&catalogue.goods, catalogue.policy.stock_fresh_s);
    let noon = Timestamp(1_793_462_400_000);
    for store in &catalogue.places.stores {
        let known = goods.products().iter().filter(|one| goods.in_stock(&store.id, &one.id, noon, fresh_s).is_some());
        assert!(known.count() >= 30, "{}", store.id);
    }
    for product in ["linen-dress", "copper-kettle", "daily-roast"] {
        assert!(goods.product(product).unwrap().how_to.is_some(), "{product}");
    }
    assert_eq!(goods.in_stock("naples", "sunset-swimsuit", noon, fresh_s), Some(0), "sold out");
    assert_eq!(goods.in_stock("naples", "evening-dress", noon, fresh_s), None, "counted four days ago");
}
