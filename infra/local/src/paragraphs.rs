//! Text for a terminal, wrapped while it is written.

/// No line is longer, in characters.
const WIDTH: usize = 100;

/// Text that is wrapped while it is written.
#[derive(Clone, Debug, Default)]
pub struct Paragraphs(String);

impl Paragraphs {
    /// A paragraph: its first line behind `first`, every line `indent` to the right. A word that is too long for a line is cut.
    pub fn line(&mut self, indent: usize, first: &str, words: &str) {
        let mut line = format!("{first:<indent$}");
        let mut is_empty = true;
        for word in words.split_whitespace().flat_map(|word| pieces(word, WIDTH - indent)) {
            let length = line.chars().count();
            if !is_empty && length + 1 + word.chars().count() > WIDTH {
                self.end(&line);
                line = " ".repeat(indent);
            } else if !is_empty {
                line.push(' ');
            }
            line.push_str(&word);
            is_empty = false;
        }
        self.end(&line);
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.end("");
    }

    /// Everything written.
    pub fn text(self) -> String {
        self.0
    }

    fn end(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

/// A word in pieces of at most so many characters.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(width.max(1)).map(|piece| piece.iter().collect()).collect()
}
