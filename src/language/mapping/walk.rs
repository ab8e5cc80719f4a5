//! Through a template's syntax: names that do not exist, constants that cannot work, comparisons that lie about what is missing.
//!
//! The engine finds none of these before a template is evaluated, and some not even then.

mod arguments; // those that are written out
mod paths; // what is known of a path, and what may be missing from it

pub(crate) use paths::{as_text, asserted};

use super::names;
use super::{functions, scope};
use crate::base::diagnostic::{Code, TextDiagnostic};
use crate::model::profile::fields::Type;
use minijinja::machinery::ast::{self, BinOpKind, CallArg, CallType, CompareOpKind, Expr, Stmt};
use serde_json::Value as Json;
use std::ops::Range;

/// Parts of a template that make new values. More could nest values deeper than a thread's stack.
const MAKERS: usize = 300;

/// A name in scope, and the type of its value if known.
#[derive(Debug, Clone)]
pub struct Local {
    pub name: String,
    pub kind: Type,
}

/// Matches every name: for `$each` without `$as`, where the name is unknown.
pub(crate) const ANY: &str = "*";

/// What surrounds a template.
#[derive(Debug, Clone, Default)]
pub struct Surroundings<'a> {
    pub vars: Option<&'a Json>,
    /// From `$as`.
    pub items: Vec<Local>,
    /// Paths that `$when` says are there.
    pub present: Vec<String>,
}

#[derive(Debug)]
pub struct Walk<'a> {
    vars: Option<&'a Json>,
    locals: Vec<Local>,
    present: Vec<String>,
    pub findings: Vec<TextDiagnostic>,
    makers: usize,
    source: &'a str,
    /// Whether what is walked is a longer text, in which nothing may be missing.
    pub in_a_text: bool,
}

impl<'a> Walk<'a> {
    pub fn new(around: &Surroundings<'a>, source: &'a str) -> Self {
        Self {
            vars: around.vars,
            locals: around.items.clone(),
            present: around.present.clone(),
            findings: Vec::new(),
            makers: 0,
            source,
            in_a_text: false,
        }
    }

    fn error(&mut self, code: Code, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.report(TextDiagnostic::error(code, range, message).help(help));
    }

    fn warning(&mut self, code: Code, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.report(TextDiagnostic::warning(code, range, message).help(help));
    }

    fn report(&mut self, finding: TextDiagnostic) {
        self.findings.push(finding);
    }

    fn made(&mut self, range: Range<usize>) {
        self.makers += 1;
        if self.makers == MAKERS + 1 {
            let message = format!("the template has more than {MAKERS} lists, functions and `set`s");
            self.error(Code::BadTemplate, range, message, "split it into several members, or simplify it");
        }
    }

    pub(crate) fn statement(&mut self, statement: &Stmt<'_>) {
        let written_out = "use `$each`, or a longer text with `{% if %}` and `{% for %}`";
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emit) => {
                if self.in_a_text {
                    self.part_of_a_text(&emit.expr);
                }
                self.expression(&emit.expr);
            }
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(each) => self.for_loop(each),
            Stmt::IfCond(condition) => {
                self.expression(&condition.expr);
                self.given(&condition.expr, true, |walk| walk.scoped(&condition.true_body));
                self.given(&condition.expr, false, |walk| walk.scoped(&condition.false_body));
            }
            Stmt::WithBlock(with) => self.inner(|walk| {
                for (target, value) in &with.assignments {
                    walk.expression(value);
                    walk.assign(target, Type::Open);
                }
                walk.statements(&with.body);
            }),
            Stmt::Set(set) => {
                self.made(range(&set.expr));
                self.expression(&set.expr);
                let kind = self.kind_of(&set.expr);
                self.assign(&set.target, kind);
            }
            Stmt::SetBlock(set) => {
                set.filter.iter().for_each(|filter| self.expression(filter));
                self.scoped(&set.body);
                self.assign(&set.target, Type::Scalar);
            }
            Stmt::FilterBlock(block) => {
                self.expression(&block.filter);
                self.scoped(&block.body);
            }
            Stmt::AutoEscape(escape) => self.refuse("autoescape", span(escape.span()), "what a mapping gives is not HTML"),
            Stmt::Macro(item) => self.refuse("macro", span(item.span()), written_out),
            Stmt::CallBlock(item) => self.refuse("call", span(item.span()), written_out),
            Stmt::Do(item) => self.refuse("do", span(item.span()), "nothing in a mapping can be changed"),
        }
    }

    fn refuse(&mut self, name: &str, range: Range<usize>, help: &str) {
        self.report(TextDiagnostic::error(Code::BadTemplate, range, format!("`{{% {name} %}}` is not part of a mapping")).help(help));
    }

    fn for_loop(&mut self, each: &ast::Spanned<ast::ForLoop<'_>>) {
        if each.recursive {
            self.refuse("for … recursive", span(each.span()), "loops in loops are written out");
        }
        self.expression(&each.iter);
        let item = self.kind_of(&each.iter).item();
        self.inner(|walk| {
            walk.assign(&each.target, item);
            walk.locals.push(Local { name: "loop".into(), kind: Type::Open });
            each.filter_expr.iter().for_each(|filter| walk.expression(filter));
            match &each.filter_expr {
                Some(filter) => walk.given(filter, true, |walk| walk.statements(&each.body)),
                None => walk.statements(&each.body),
            }
        });
        self.scoped(&each.else_body);
    }

    fn statements(&mut self, statements: &[Stmt<'_>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn scoped(&mut self, statements: &[Stmt<'_>]) {
        self.inner(|walk| walk.statements(statements));
    }

    fn inner(&mut self, work: impl FnOnce(&mut Self)) {
        let (locals, present) = (self.locals.len(), self.present.len());
        work(self);
        self.locals.truncate(locals);
        self.present.truncate(present);
    }

    /// What holds where a condition is true, or false.
    fn given(&mut self, condition: &Expr<'_>, truth: bool, work: impl FnOnce(&mut Self)) {
        self.inner(|walk| {
            asserted(condition, truth, &mut walk.present);
            work(walk);
        });
    }

    fn assign(&mut self, target: &Expr<'_>, kind: Type) {
        match target {
            Expr::Var(var) => self.locals.push(Local { name: var.id.to_owned(), kind }),
            Expr::List(list) => list.items.iter().for_each(|item| self.assign(item, Type::Open)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.assign(item, Type::Open)),
            other => self.report(
                TextDiagnostic::error(Code::BadTemplate, range(other), "nothing in a mapping can be changed")
                    .help("give it a name of its own: `{% set name = … %}`"),
            ),
        }
    }

    pub fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(var) => self.variable(var.id, range(expression)),
            Expr::Const(_) => self.control_characters(range(expression)),
            Expr::Slice(slice) => {
                self.made(range(expression));
                self.expression(&slice.expr);
                [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(|part| self.expression(part));
            }
            Expr::UnaryOp(unary) => self.expression(&unary.expr),
            Expr::BinOp(binary) => self.binary(binary, range(expression)),
            Expr::Compare(compare) => self.chain(compare, range(expression)),
            Expr::IfExpr(condition) => {
                self.expression(&condition.test_expr);
                self.given(&condition.test_expr, true, |walk| walk.expression(&condition.true_expr));
                if let Some(otherwise) = &condition.false_expr {
                    self.given(&condition.test_expr, false, |walk| walk.expression(otherwise));
                }
            }
            Expr::Filter(filter) => self.filter(filter, range(expression)),
            Expr::Test(test) => {
                if !functions::TESTS.contains(&test.name) {
                    self.report(names::unknown_test(test.name, range(expression)));
                }
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            Expr::GetAttr(_) | Expr::GetItem(_) => self.path(expression),
            Expr::Call(call) => self.call(call, range(expression)),
            Expr::List(list) => {
                self.made(range(expression));
                list.items.iter().for_each(|item| self.expression(item));
            }
            Expr::Tuple(tuple) => {
                self.made(range(expression));
                tuple.items.iter().for_each(|item| self.expression(item));
            }
            Expr::Map(map) => {
                self.made(range(expression));
                map.keys.iter().chain(&map.values).for_each(|part| self.expression(part));
            }
        }
    }

    fn variable(&mut self, name: &str, range: Range<usize>) {
        let known: Vec<&str> = scope::NAMES.into_iter().chain(self.locals.iter().map(|local| local.name.as_str())).collect();
        if !known.contains(&name) && !known.contains(&ANY) {
            let finding = names::out_of_scope(name, &known, range);
            self.report(finding);
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value) | CallArg::Kwarg(_, value) | CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                    self.expression(value)
                }
            }
        }
    }

    fn filter(&mut self, filter: &ast::Filter<'_>, range: Range<usize>) {
        self.made(range.clone());
        if !functions::names().any(|known| known == filter.name) {
            self.report(names::unknown_filter(filter.name, range.clone()));
        }
        filter.expr.iter().for_each(|value| self.expression(value));
        self.arguments(&filter.args);
        self.constant_arguments(filter, range);
    }

    fn call(&mut self, call: &ast::Call<'_>, range: Range<usize>) {
        self.made(range.clone());
        self.arguments(&call.args);
        match call.identify_call() {
            CallType::Function(name) if functions::CALLED.contains(&name) => {}
            CallType::Function(name) => self.report(names::unknown_call(name, range)),
            CallType::Method(Expr::Var(var), "cycle" | "changed") if var.id == "loop" => {}
            CallType::Method(value, name) => {
                self.expression(value);
                self.report(names::method(name, range));
            }
            CallType::Object(value) => {
                self.expression(value);
                self.report(TextDiagnostic::error(Code::UnknownFunction, range, "a value cannot be called"));
            }
        }
    }

    fn binary(&mut self, binary: &ast::BinOp<'_>, range: Range<usize>) {
        self.expression(&binary.left);
        match binary.op {
            BinOpKind::ScAnd => return self.given(&binary.left, true, |walk| walk.expression(&binary.right)),
            BinOpKind::ScOr => return self.given(&binary.left, false, |walk| walk.expression(&binary.right)),
            BinOpKind::Concat => self.constants_in_text(&binary.left, &binary.right),
            _ => {}
        }
        if let Some(sign) = sign(binary.op) {
            self.may_be_missing(&binary.left, sign);
            self.may_be_missing(&binary.right, sign);
        }
        if matches!(binary.op, BinOpKind::Concat | BinOpKind::Add | BinOpKind::Mul) {
            self.made(range);
        }
        self.expression(&binary.right);
    }

    /// Two constants are joined before any operator of ours is asked: `'a' ~ none` would be `aNone`.
    fn constants_in_text(&mut self, left: &Expr<'_>, right: &Expr<'_>) {
        let (Some(one), Some(other)) = (left.as_const(), right.as_const()) else { return };
        for (side, value) in [(left, one), (right, other)] {
            if value.as_str().is_none() && !value.is_number() {
                let finding = TextDiagnostic::error(Code::BadTemplate, range(side), "this constant is not text, but is joined to text");
                self.report(finding.help("write text in quotes: 'true'"));
            }
        }
    }

    /// `a < b < c`: minijinja's own, which takes what is missing for less than anything.
    fn chain(&mut self, compare: &ast::Compare<'_>, range: Range<usize>) {
        self.expression(&compare.expr);
        compare.ops.iter().for_each(|op| self.expression(&op.expr));
        let has_order =
            compare.ops.iter().any(|op| matches!(op.op, CompareOpKind::Lt | CompareOpKind::Lte | CompareOpKind::Gt | CompareOpKind::Gte));
        if has_order {
            self.error(Code::BadTemplate, range, "comparisons do not go in a chain", "write `a < b and b < c`");
        }
    }
}

/// Of an operator that does not work on what is missing.
fn sign(op: BinOpKind) -> Option<&'static str> {
    Some(match op {
        BinOpKind::Concat => "~",
        BinOpKind::Add => "+",
        BinOpKind::Lt => "<",
        BinOpKind::Lte => "<=",
        BinOpKind::Gt => ">",
        BinOpKind::Gte => ">=",
        _ => return None,
    })
}

fn range(expression: &Expr<'_>) -> Range<usize> {
    span(expression.span())
}

fn span(span: minijinja::machinery::Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}
