mod applies;
mod arguments;
mod bounds;
mod faults;
mod library;
mod rules;
mod traces;
