//! What a treatment brings that would not have come without it: in all, and whether it is known to whom, from a trial in which chance decided.

mod two_models;

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use self::two_models::{PARTS, TwoModels, crossed};
use crate::apart::standard_errors;
use crate::balance::{Balance, Suspect};
use crate::encode::rare;
use crate::examples::count;
use crate::fit::FitError;
use crate::learnt::Progress;
use crate::proportion::{Difference, Estimate, POWER, SampleRatio, Share, minimum_detectable};
use crate::qini::{Customer, Ranked, Spread};
use crate::sample::Sample;

/// Random orders that a ranking is compared with.
const ORDERS: usize = 1_000;
/// The parts of the customers at the top of which uplift is told, in per cent.
const TOPS: [u8; 3] = [10, 30, 50];
/// What is told of progress, for each treatment: every part of the customers, and the ranking.
const STEPS: u64 = PARTS as u64 + 1;
/// The fewest customers of an arm.
const FEWEST: usize = 50;

/// A trial: customers, what was known of them before, which treatment chance gave each, and whether the outcome came.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial<'a> {
    /// What was known before; the label is the outcome, and weights do not count.
    pub sample: Sample<'a>,
    /// The arm of each customer, by its place in `arms`.
    pub arm_of: Vec<usize>,
    /// The arms: the control first, and then at least one treatment.
    pub arms: Vec<Arm>,
}

/// One arm of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// The share of customers it was meant to have, in whatever unit.
    pub share: f64,
}

/// What a trial tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Whether the arms are as large as they were meant to be.
    pub sample_ratio: Option<SampleRatio>,
    /// Columns that were left out, as they were probably only known afterwards.
    pub suspects: Vec<Suspect>,
    /// Columns that were left out, as they tell nothing, and why.
    pub ignored: Vec<(String, &'static str)>,
    /// What each treatment brings, in their order.
    pub treatments: Vec<(String, Uplift)>,
}

/// What a treatment brings in comparison with the control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Uplift {
    /// Customers that were measured.
    pub n: Pair<usize>,
    /// The rate of the outcome with its Wilson interval.
    pub rates: Pair<Estimate>,
    /// The average treatment effect: how far the rate of the treated is above that of the control.
    pub ate: Difference,
    /// The smallest average effect that customers as many would show in four of five cases; none when they would not show any.
    pub mde: Option<f64>,
    /// The p of the sample-ratio test of these two arms; none when it cannot be told.
    pub srm_p: Option<f64>,
    /// The adjusted Qini of the ranking by predicted uplift, on customers whose outcome the ranking does not know.
    pub qini: f64,
    /// The same of a thousand rankings by chance.
    pub qini_random: Spread,
    /// The smallest true Qini that would be found in four of five cases: the 95th percentile of chance and 0.84 of its standard deviations.
    pub qini_mde: f64,
    /// Whether it is known on whom the treatment works: the Qini is above the 95th percentile of chance.
    pub detectable: bool,
    /// The uplift among the 10, 30 and 50 % of the customers that rank highest; none when the ranking is not told from chance.
    pub uplift_at: Option<Tops>,
    /// How alike the columns are in both arms, the most unlike first.
    pub balance: Vec<Balance>,
}

/// One of each arm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pair<T> {
    /// Of those that were treated.
    pub treated: T,
    /// Of those that were not.
    pub control: T,
}

/// The uplift at the top of a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tops {
    /// Of the highest tenth.
    #[serde(rename = "10")]
    pub tenth: Difference,
    /// Of the highest three tenths.
    #[serde(rename = "30")]
    pub three_tenths: Difference,
    /// Of the higher half.
    #[serde(rename = "50")]
    pub half: Difference,
}

/// Why uplift cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum UpliftError {
    /// An arm is too small.
    #[error("the arm `{arm}` has {customers} rows, and at least {FEWEST} are needed")]
    Few {
        /// The arm.
        arm: String,
        /// Its customers.
        customers: usize,
    },
    /// Nothing is left to rank by.
    #[error("no column is left that could tell on whom a treatment works")]
    NoColumn,
    /// A model could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl Trial<'_> {
    /// Measures what each treatment brings, and whether it is known to whom. Two forests tell, of a customer with a treatment and without it, how probable
    /// the outcome is; the difference ranks (the two-model approach, called T-learner by Künzel et al. 2019). Each customer is ranked by forests
    /// that were fitted to four fifths of the others; with a `test` of the same columns and arms they are fitted to this trial, and only the test is measured.
    /// The same seed gives the same figures.
    ///
    /// # Errors
    /// When an arm has fewer than 50 customers, no column is left to rank by, or a forest cannot be fitted.
    pub fn measure(&self, test: Option<&Self>, seed: u64, progress: Progress<'_>) -> Result<Measure, UpliftError> {
        self.check()?;
        test.map_or(Ok(()), Trial::check)?;
        let suspects = Suspect::among(&self.sample, &self.arm_of, seed);
        let is_suspected = |name: &str| suspects.iter().any(|suspect| suspect.column == name);
        let useless = self.sample.columns.iter().filter(|column| !is_suspected(&column.name));
        let ignored: Vec<(String, &'static str)> = useless
            .filter_map(|column| Some((column.name.clone(), column.useless(rare(self.arm_of.len()))?)))
            .collect();
        let left_out = |name: &str| is_suspected(name) || ignored.iter().any(|(column, _)| column == name);
        let (own, test) = (self.without(&left_out), test.map(|test| test.without(&left_out)));
        if own.sample.columns.is_empty() {
            return Err(UpliftError::NoColumn);
        }
        let steps = Steps { done: AtomicU64::new(0), of: (self.arms.len() as u64 - 1) * STEPS, progress };
        let measured = test.as_ref().unwrap_or(&own);
        let treatments = (1..).zip(self.arms.iter().skip(1)).map(|(arm, treatment)| {
            let scores = own.scores(test.as_ref(), arm, seed, &|| steps.one())?;
            let uplift = measured.uplift(arm, &scores, seed);
            steps.one();
            Ok((treatment.name.clone(), uplift))
        });
        let treatments = treatments.collect::<Result<_, UpliftError>>()?;
        Ok(Measure { sample_ratio: measured.ratio_of(&self.arms), suspects, ignored, treatments })
    }

    fn check(&self) -> Result<(), UpliftError> {
        for (place, arm) in self.arms.iter().enumerate() {
            let customers = self.arm_of.iter().filter(|own| **own == place).count();
            if customers < FEWEST {
                return Err(UpliftError::Few { arm: arm.name.clone(), customers });
            }
        }
        Ok(())
    }

    /// The customers of a treatment and of the control.
    fn rows(&self, treatment: usize) -> Vec<usize> {
        let is_of = |(_, arm): &(usize, &usize)| **arm == treatment || **arm == 0;
        self.arm_of.iter().enumerate().filter(is_of).map(|(row, _)| row).collect()
    }

    /// How much more probable the outcome is with a treatment than without it, for each customer that is measured.
    fn scores(
        &self,
        test: Option<&Self>,
        treatment: usize,
        seed: u64,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<f64>, FitError> {
        let treated: Vec<bool> = self.arm_of.iter().map(|arm| *arm == treatment).collect();
        let rows = self.rows(treatment);
        let Some(test) = test else { return crossed(&self.sample, &treated, &rows, seed, done) };
        let models = TwoModels::fit(&self.sample, &treated, &rows, seed)?;
        (0..STEPS - 1).for_each(|_| done());
        Ok(models.scores(&test.sample, &test.rows(treatment)))
    }

    fn uplift(&self, treatment: usize, scores: &[f64], seed: u64) -> Uplift {
        let rows = self.rows(treatment);
        let customer = |row: &usize| Customer {
            treated: self.arm_of.get(*row) == Some(&treatment),
            outcome: self.sample.labels.get(*row) == Some(&true),
        };
        let customers: Vec<Customer> = rows.iter().map(customer).collect();
        let share = |treated: bool| {
            let own = || customers.iter().filter(move |customer| customer.treated == treated);
            Share::new(count(own().filter(|customer| customer.outcome).count()), count(own().count()))
        };
        let (treated, control) = (share(true), share(false));
        let ranked = Ranked::new(scores, &customers);
        let (qini, random) = (ranked.qini(), ranked.random(ORDERS, seed));
        let detectable = qini > random.p95;
        let at = |part: u8| ranked.uplift_at(f64::from(part) / 100.0);
        let [tenth, three_tenths, half] = TOPS.map(at);
        let is_treated: Vec<bool> = customers.iter().map(|customer| customer.treated).collect();
        let columns = self.sample.columns.iter();
        let mut balance: Vec<Balance> = columns.map(|column| Balance::of(column, &rows, &is_treated)).collect();
        balance.sort_by(|one, other| one.p.total_cmp(&other.p));
        let shares = [0, treatment].map(|arm| self.arms.get(arm).map_or(1.0, |arm| arm.share));
        let n = |treated: bool| customers.iter().filter(|customer| customer.treated == treated).count();
        Uplift {
            n: Pair { treated: n(true), control: n(false) },
            rates: Pair { treated: treated.wilson(), control: control.wilson() },
            ate: treated.above(&control),
            mde: minimum_detectable(control.rate(), control.trials, treated.trials),
            srm_p: SampleRatio::of(&[control.trials, treated.trials], &shares).map(|ratio| ratio.p),
            qini,
            qini_random: random,
            qini_mde: random.p95 + standard_errors(2.0 * (1.0 - POWER)) * random.sd,
            detectable,
            uplift_at: detectable.then_some(Tops { tenth, three_tenths, half }),
            balance,
        }
    }

    fn ratio_of(&self, arms: &[Arm]) -> Option<SampleRatio> {
        let size = |arm: usize| count(self.arm_of.iter().filter(|own| **own == arm).count());
        let sizes: Vec<f64> = (0..arms.len()).map(size).collect();
        let shares: Vec<f64> = arms.iter().map(|arm| arm.share).collect();
        SampleRatio::of(&sizes, &shares)
    }

    fn without(&self, left_out: &impl Fn(&str) -> bool) -> Self {
        let columns = self.sample.columns.iter().filter(|column| !left_out(&column.name)).cloned().collect();
        Self { sample: Sample { columns, ..self.sample.clone() }, ..self.clone() }
    }
}

/// How far a measurement is.
struct Steps<'a> {
    done: AtomicU64,
    of: u64,
    progress: Progress<'a>,
}

impl Steps<'_> {
    fn one(&self) {
        (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1, self.of);
    }
}

#[cfg(test)]
mod tests;
