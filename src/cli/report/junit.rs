//! A test's report as JUnit XML, which CI systems draw: a suite a pipeline, a case a fixture.

use crate::base::display;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

#[derive(Debug, Clone)]
pub struct Case {
    pub pipeline: String,
    pub fixture: String,
    /// None where all is well.
    pub fault: Option<Fault>,
}

#[derive(Debug, Clone)]
pub struct Fault {
    /// One word: `differs`, `new`, `broken`, …
    pub kind: &'static str,
    pub message: String,
    pub details: String,
    pub is_error: bool,
}

/// What would steer whatever shows it, and the two characters that XML cannot hold and the crate lets pass.
fn fit(text: &str) -> String {
    display::text(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

pub fn xml(cases: &[Case], notes: &[(String, String)]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("hireline");
    for of_one in cases.chunk_by(|one, other| one.pipeline == other.pipeline) {
        let Some(first) = of_one.first() else { continue };
        let mut suite = TestSuite::new(fit(&first.pipeline));
        for case in of_one {
            let status = match &case.fault {
                None => TestCaseStatus::success(),
                Some(fault) => {
                    let kind = if fault.is_error { NonSuccessKind::Error } else { NonSuccessKind::Failure };
                    let mut status = TestCaseStatus::non_success(kind);
                    status.set_type(fault.kind).set_message(fit(&fault.message)).set_description(fit(&fault.details));
                    status
                }
            };
            let mut test = TestCase::new(fit(&case.fixture), status);
            test.set_classname(fit(&case.pipeline));
            suite.add_test_case(test);
        }
        let told: Vec<&str> = notes.iter().filter(|(pipeline, _)| *pipeline == first.pipeline).map(|(_, text)| text.as_str()).collect();
        if !told.is_empty() {
            suite.set_system_out(fit(&told.join("\n")));
        }
        report.add_test_suite(suite);
    }
    report.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_marks_do_no_harm() {
        let fault = Fault {
            kind: "differs",
            message: "a < b & \"c\"\u{1b}[31m".into(),
            details: "]]> <script>\u{0}\u{b}\u{ffff}é</failure>".into(),
            is_error: false,
        };
        let case = |fixture: &str, fault| Case { pipeline: "p<&\"'\u{1}".into(), fixture: fixture.into(), fault };
        let xml = xml(&[case("one", None), case("two\u{8}", Some(fault))], &[]).unwrap();
        let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(xml.chars().all(legal), "{xml:?}");
        // Read again by somebody who knows XML.
        let read = Report::deserialize_from_str(&xml).unwrap();
        let status = &read.test_suites[0].test_cases[1].status;
        assert_eq!(read.test_suites[0].name.as_str(), "p<&\"'\u{2401}");
        let TestCaseStatus::NonSuccess { message, description, .. } = status else { panic!("{status:?}") };
        assert_eq!(message.as_ref().unwrap().as_str(), "a < b & \"c\"\u{241b}[31m");
        assert_eq!(description.as_ref().unwrap().as_str(), "]]> <script>\u{2400}\u{240b}\u{fffd}é</failure>");
    }
}
