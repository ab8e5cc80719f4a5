//! The kind of a file, by its first bytes and by its name; and which kinds Greenhouse accepts.
//! Source: `docs/greenhouse-api.md`, attachments: pdf, doc, docx, txt, html, png, jpeg …; no rtf, no odt.

use memchr::memmem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pdf,
    Doc,
    Docx,
    Text,
    Html,
    Png,
    Jpeg,
}

pub const NAMES: &str = "pdf, doc, docx, txt, html, png and jpeg";

const ALL: [(Kind, &str, &[&str]); 7] = [
    (Kind::Pdf, "application/pdf", &["pdf"]),
    (Kind::Doc, "application/msword", &["doc"]),
    (Kind::Docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    (Kind::Text, "text/plain", &["txt", "text"]),
    (Kind::Html, "text/html", &["html", "htm"]),
    (Kind::Png, "image/png", &["png"]),
    (Kind::Jpeg, "image/jpeg", &["jpg", "jpeg"]),
];

/// Extensions of documents, archives and programs that Greenhouse is not documented to accept.
const NOT_TAKEN: [&str; 26] = [
    "rtf", "odt", "ott", "pages", "wps", "wpd", "tex", "xls", "xlsx", "ods", "numbers", "ppt", "pptx", "odp", "key", "zip", "rar", "7z",
    "gz", "tar", "exe", "js", "eml", "msg", "heic", "mp4",
];

impl Kind {
    pub fn content_type(self) -> &'static str {
        self.row().1
    }

    /// The file extension, without the dot.
    pub fn extension(self) -> &'static str {
        self.row().2.first().copied().unwrap_or_default()
    }

    fn row(self) -> (Self, &'static str, &'static [&'static str]) {
        ALL.into_iter().find(|(kind, ..)| *kind == self).unwrap_or((self, "", &[]))
    }

    /// By the name. None for an unknown extension.
    /// Errors: the extension of a kind that Greenhouse does not accept.
    pub fn of_name(name: &str) -> Result<Option<Self>, String> {
        let Some(extension) = extension(name) else { return Ok(None) };
        if NOT_TAKEN.contains(&extension.as_str()) {
            return Err(extension);
        }
        Ok(ALL.into_iter().find(|(_, _, extensions)| extensions.contains(&extension.as_str())).map(|(kind, ..)| kind))
    }

    /// By the first bytes; otherwise a word for what Greenhouse does not accept.
    /// Errors: what it is instead, if that is known.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => of_compound(bytes),
            [b'P', b'K', 3, 4, ..] => of_zip(bytes),
            [b'{', b'\\', b'r', b't', b'f', ..] => Err("rtf"),
            [0x1f, 0x8b, ..] => Err("gzip"),
            [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] => Err("program"),
            // Readers ignore bytes before the mark, so some writers put data there.
            _ if memmem::find(head, b"%PDF-").is_some() => Ok(Self::Pdf),
            _ => of_text(bytes),
        }
    }
}

/// Word's old format shares its container with others: each names its main stream, in UTF-16.
fn of_compound(bytes: &[u8]) -> Result<Kind, &'static str> {
    let names = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &wide).is_some()
    };
    match names("WordDocument") {
        true => Ok(Kind::Doc),
        false if names("Workbook") => Err("spreadsheet"),
        false if names("PowerPoint Document") => Err("presentation"),
        false => Err("unknown"),
    }
}

fn of_zip(bytes: &[u8]) -> Result<Kind, &'static str> {
    let holds = |name: &[u8]| memmem::find(bytes, name).is_some();
    if holds(b"word/document.xml") || holds(b"word/_rels/") {
        Ok(Kind::Docx)
    } else if holds(b"application/vnd.oasis.opendocument.text") {
        Err("odt")
    } else {
        Err("zip")
    }
}

fn of_text(bytes: &[u8]) -> Result<Kind, &'static str> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Characters of older encodings are allowed; control characters are not.
    if text.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31)) {
        return Err("unknown");
    }
    let begin: Vec<u8> = text.iter().copied().skip_while(u8::is_ascii_whitespace).take(16).map(|byte| byte.to_ascii_lowercase()).collect();
    let html = [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(|tag| begin.starts_with(tag));
    Ok(if html { Kind::Html } else { Kind::Text })
}

/// In lower case; none for a name without a plausible extension.
fn extension(name: &str) -> Option<String> {
    let (stem, extension) = name.trim().rsplit_once('.')?;
    let good = !stem.is_empty() && (1..=5).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    good.then(|| extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_type_and_an_ending_of_its_own() {
        for (kind, content_type, extensions) in ALL {
            assert_eq!((kind.content_type(), kind.extension()), (content_type, extensions[0]));
            for extension in extensions {
                assert_eq!(Kind::of_name(&format!("a.b.{}", extension.to_uppercase())), Ok(Some(kind)));
            }
        }
    }

    #[test]
    fn a_name_tells_or_does_not() {
        assert_eq!(Kind::of_name("cv.rtf"), Err("rtf".into()));
        assert_eq!(Kind::of_name("cv.ODT"), Err("odt".into()));
        for nothing in ["cv", "cv.", ".pdf", "Dr. Lovelace", "cv.v2final", "cv.été", "cv.2024"] {
            assert_eq!(Kind::of_name(nothing), Ok(None), "{nothing}");
        }
    }

    #[test]
    fn the_first_bytes_tell() {
        let compound = |stream: &str| {
            let wide = stream.encode_utf16().flat_map(u16::to_le_bytes);
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1].into_iter().chain([0; 600]).chain(wide).collect::<Vec<u8>>()
        };
        let cases: [(&str, Vec<u8>); 19] = [
            ("pdf", b"%PDF-1.7\n...".into()),
            ("pdf behind a blank", b"\r\n\r\n%PDF-1.4".into()),
            ("png", b"\x89PNG\r\n\x1a\n...".into()),
            ("jpeg", b"\xff\xd8\xff\xe0...".into()),
            ("doc", compound("WordDocument")),
            ("xls", compound("Workbook")),
            ("ppt", compound("PowerPoint Document")),
            ("msg", compound("__substg1.0")),
            ("docx", b"PK\x03\x04.......[Content_Types].xml....word/document.xml".into()),
            ("odt", b"PK\x03\x04......mimetypeapplication/vnd.oasis.opendocument.text".into()),
            ("zip", b"PK\x03\x04......cv.pdf".into()),
            ("rtf", b"{\\rtf1\\ansi".into()),
            ("gzip", b"\x1f\x8b\x08...".into()),
            ("program", b"MZ\x90\x00".into()),
            ("html", b"\xef\xbb\xbf \n<!DOCTYPE HTML><p>".into()),
            ("text", "Ada Lovelace – née Byron".into()),
            ("latin-1", b"n\xe9e Byron".into()),
            ("short", b"P".into()),
            ("unknown", b"\x00\x01\x02".into()),
        ];
        let told = cases.iter().map(|(name, bytes)| format!("{name}: {:?}\n", Kind::of_bytes(bytes))).collect::<String>();
        insta::assert_snapshot!(told, @r#"
        pdf: Ok(Pdf)
        pdf behind a blank: Ok(Pdf)
        png: Ok(Png)
        jpeg: Ok(Jpeg)
        doc: Ok(Doc)
        xls: Err("spreadsheet")
        ppt: Err("presentation")
        msg: Err("unknown")
        docx: Ok(Docx)
        odt: Err("odt")
        zip: Err("zip")
        rtf: Err("rtf")
        gzip: Err("gzip")
        program: Err("program")
        html: Ok(Html)
        text: Ok(Text)
        latin-1: Ok(Text)
        short: Ok(Text)
        unknown: Err("unknown")
        "#);
    }
}
