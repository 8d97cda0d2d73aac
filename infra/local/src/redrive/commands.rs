//! A deployment is reached by the AWS CLI: one file for each call, and the commands that make the calls.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Plan, calls, put_records};

/// Writes a file for each call into a directory that is empty or not there yet, and answers the commands that make them, in their order.
///
/// # Errors
/// When the directory holds anything, or cannot be written to.
pub fn write(plan: &Plan, directory: &Path) -> io::Result<Vec<String>> {
    fs::create_dir_all(directory)?;
    if fs::read_dir(directory)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, "it holds files already; name an empty one"));
    }
    let (mut number, mut commands) = (1..=usize::MAX, Vec::new());
    let mut next = |name: &str, text: &str| -> io::Result<PathBuf> {
        let number = number.next().unwrap_or_default();
        let path = directory.join(format!("{number:05}-{}.json", name.replace(':', "-")));
        File::create_new(&path)?.write_all(text.as_bytes())?;
        Ok(path)
    };
    for to in &plan.streams {
        let region = &to.stream.region;
        for call in calls(&to.records) {
            let path = next(&to.stream.name, &put_records(&to.stream, &call).to_string())?;
            let file = quoted(&format!("file://{}", path.display()));
            commands.push(format!(
                "aws kinesis put-records --region {region} --cli-binary-format base64 --cli-input-json {file} --query FailedRecordCount"
            ));
        }
    }
    for to in &plan.functions {
        let (name, region) = (&to.function.name, &to.function.region);
        for batch in &to.batches {
            let path = next(name, &batch.event)?;
            let file = quoted(&format!("fileb://{}", path.display()));
            commands.push(format!(
                "aws lambda invoke --region {region} --function-name '{name}' --payload {file} /dev/stdout"
            ));
        }
    }
    Ok(commands)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=".contains(char);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
