//! HTML, as little as a report takes; whatever is told is escaped.

/// The body of a page so far.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// A line of text in a tag.
    pub(super) fn tag(&mut self, name: &str, text: &str) {
        self.open(name);
        self.0.push_str(&escaped(text));
        self.close(name);
    }

    /// A plot, if there is one, with what it says.
    pub(super) fn figure(&mut self, svg: Option<&str>, says: &str) {
        let named = format!("<svg role=\"img\" aria-label=\"{}\" ", escaped(says));
        self.open("figure");
        self.0.extend(svg.map(|svg| svg.replacen("<svg ", &named, 1)));
        self.tag("figcaption", says);
        self.close("figure");
    }

    /// A table: the first cell of a row names it. Without rows nothing.
    pub(super) fn table(&mut self, caption: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return;
        }
        self.0.push_str("<div class=\"scroll\">");
        self.open("table");
        self.tag("caption", caption);
        self.open("thead");
        self.open("tr");
        for head in heads {
            self.tag("th", head);
        }
        self.close("tr");
        self.close("thead");
        self.open("tbody");
        for row in rows {
            self.open("tr");
            for cell in &row {
                self.tag("td", cell);
            }
            self.close("tr");
        }
        self.close("tbody");
        self.close("table");
        self.close("div");
    }

    /// A list of sentences; without any nothing.
    pub(super) fn list(&mut self, lines: impl Iterator<Item = String>) {
        let mut lines = lines.peekable();
        if lines.peek().is_none() {
            return;
        }
        self.open("ul");
        lines.for_each(|line| self.tag("li", &line));
        self.close("ul");
    }

    /// The whole page.
    pub(super) fn whole(self, title: &str, style: &str) -> String {
        let (title, body) = (escaped(title), self.0);
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n<style>{style}</style>\n</head>\n\
             <body>\n{body}</body>\n</html>\n"
        )
    }

    fn open(&mut self, name: &str) {
        self.0.extend(["<", name, ">"]);
    }

    fn close(&mut self, name: &str) {
        self.0.extend(["</", name, ">\n"]);
    }
}

/// Text as it may stand in a page.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
