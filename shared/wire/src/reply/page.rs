//! The two pages there are: plain, without script, style, picture or cookie.

use tact_decide::Brand;
use tact_domain::Channel;

/// What a link to unsubscribe shows: one button. Looking changes nothing.
pub fn unsubscribe_page(brand: &Brand, channel: Channel) -> String {
    let asks = format!("Do you want no more marketing {} from {}?", plural(channel), escaped(&brand.name));
    let button =
        "<form method=\"post\"><button name=\"List-Unsubscribe\" value=\"One-Click\">Unsubscribe</button></form>";
    page(&format!("<p>{asks}</p>\n{button}"))
}

/// What pressing it shows.
pub fn unsubscribed_page(brand: &Brand, channel: Channel) -> String {
    let said = format!("{} will send you no more marketing {}.", escaped(&brand.name), plural(channel));
    page(&format!("<p>{said}</p>"))
}

fn page(content: &str) -> String {
    let head =
        "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>Unsubscribe</title>";
    format!("<!doctype html>\n<html lang=\"en\">\n{head}\n{content}\n</html>\n")
}

fn plural(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "texts",
        Channel::Email => "e-mails",
        Channel::Push => "notifications",
        Channel::Inbox | Channel::Webhook | Channel::Associate => "messages",
    }
}

fn escaped(text: &str) -> String {
    let replaced = text.chars().map(|char| match char {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    });
    replaced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_brand_cannot_become_markup() {
        let brand = Brand { name: "Harbor & <b>Co</b>".to_owned(), ..Brand::default() };
        let page = unsubscribe_page(&brand, Channel::Email);
        assert!(page.contains("no more marketing e-mails from Harbor &amp; &lt;b&gt;Co&lt;/b&gt;?"), "{page}");
        assert!(page.contains("<form method=\"post\">") && !page.contains("<script"));
    }
}
