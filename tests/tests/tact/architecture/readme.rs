//! What the README says is so: its commands and options exist, its links lead somewhere, and the day it shows is the day that is played.

use std::collections::BTreeSet;
use std::fs;

use clap::CommandFactory;
use tact::command::Tact;

use super::{none, root};
use crate::run::TOWN;

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// What stands between backquotes on one line, outside of blocks.
fn quoted(text: &str) -> Vec<&str> {
    let prose = text.split("\n```").step_by(2);
    prose.flat_map(str::lines).flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_command_of_the_readme_and_every_option_of_it_exists() {
    let (readme, mut command) = (readme(), Tact::command());
    command.build();
    let (mut asked, mut offenders) = (BTreeSet::new(), Vec::new());
    for quoted in quoted(&readme) {
        let mut words = quoted.split_whitespace();
        let (Some("tact"), Some(name)) = (words.next(), words.next()) else { continue };
        let Some(known) = command.get_subcommands().find(|known| known.get_name() == name) else {
            offenders.push(quoted.to_owned());
            continue;
        };
        asked.insert(name.to_owned());
        let options: BTreeSet<String> = known
            .get_arguments()
            .chain(known.get_subcommands().flat_map(clap::Command::get_arguments))
            .filter_map(|known| known.get_long().map(|long| format!("--{long}")))
            .collect();
        let own = words.take_while(|word| !matches!(*word, "|" | "\\|"));
        let options_asked = own.filter(|word| word.starts_with("--"));
        let missing = options_asked.filter(|word| !options.contains(word.split('=').next().unwrap()));
        offenders.extend(missing.map(|word| format!("{quoted}: {word}")));
    }
    assert!(asked.len() > 10, "the README names commands: {asked:?}");
    none(&offenders, "what the README tells people to type can be typed");
}

#[test]
fn every_link_of_the_readme_leads_somewhere() {
    let readme = readme();
    let titles: BTreeSet<String> = readme
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|char| char.is_alphanumeric() || " -".contains(*char));
            kept.map(|char| if char == ' ' { '-' } else { char }).collect()
        })
        .collect();
    let links = readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    let leads = |link: &&str| match link.split_once('#') {
        Some(("", title)) => titles.contains(title),
        _ if link.contains("://") => true,
        other => root().join(other.map_or(*link, |(file, _)| file)).exists(),
    };
    none(&links.filter(|link| !leads(link)).map(str::to_owned).collect::<Vec<_>>(), "a link of the README is right");
}

#[test]
fn the_day_that_the_readme_shows_is_the_day_that_is_played() {
    let readme = readme();
    let played = TOWN.summary.text();
    let lines: BTreeSet<&str> = readme.lines().map(str::trim_end).collect();
    // What comes after the visits is told beside two other ways to decide, or of the machine.
    let visits = played.lines().position(|line| line.starts_with("visits:")).unwrap();
    let told = played.lines().take(visits + 1).chain(played.lines().filter(|line| line.starts_with("state ")));
    let missing = told.map(str::trim_end).filter(|line| !lines.contains(line));
    none(&missing.map(str::to_owned).collect::<Vec<_>>(), "play the day again and copy what it says into README.md");
}
