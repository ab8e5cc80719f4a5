//! The candidate's create.

use super::list::{Fault, said, stops, writes};
use super::table::{About, Elsewhere, about, email, greenhouse, table};

/// v1's key cannot be renewed, so its first 401 ends the run; v3's token can.
fn both(elsewhere: &Elsewhere, api: &str) -> (Vec<Fault>, Vec<Fault>) {
    let (mut passing, mut ending) = (writes(&elsewhere.url()), stops());
    let unauthorized = said("401, not done", 401);
    if api == "v3" {
        passing.push(unauthorized)
    } else {
        ending.push(unauthorized)
    }
    if api == "v1" {
        ending.push(said("404", 404).for_ever());
    }
    (passing, ending)
}

#[test]
fn the_create_of_v3() {
    let elsewhere = Elsewhere::open();
    let of = About { calm_after: 3, ..About::new("v3", |n, _| about(email(n), greenhouse("POST", "/v3/candidates"))) };
    let (passing, ending) = both(&elsewhere, "v3");
    insta::assert_snapshot!("create v3", table("v3: POST /v3/candidates, with the first application", &of, &passing, &ending));
    elsewhere.nobody_came();
}

#[test]
fn the_create_of_v1() {
    let elsewhere = Elsewhere::open();
    let of = About { calm_after: 3, ..About::new("v1", |n, _| about(email(n), greenhouse("POST", "/v1/candidates"))) };
    let (passing, ending) = both(&elsewhere, "v1");
    insta::assert_snapshot!("create v1", table("v1: POST /v1/candidates, with everything but files", &of, &passing, &ending));
    elsewhere.nobody_came();
}
