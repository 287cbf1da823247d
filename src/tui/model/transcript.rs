//! Finding a place in a server's transcript.

use crate::{
    api::{
        live::{ExchangeLine, TranscriptPage},
        words,
    },
    tui::text,
};

/// A line of the transcript in words, without its time.
#[must_use]
pub fn words_of(line: &ExchangeLine) -> String {
    if let Some(tool) = &line.tool {
        return format!("{} {} {}", tool.name, words::stream_mark(&tool.stream), tool.text);
    }
    let status = line.status.map_or_else(|| "---".into(), |status| status.to_string());
    let rest = line.error.as_ref().unwrap_or(&line.body);
    format!("{status} {:<7}{}  {} ms {}  {rest}", line.method, line.path, line.ms, text::bytes(line.length as u64))
}

/// Whether `query` stands in a line, large and small letters alike.
#[must_use]
pub fn holds(line: &ExchangeLine, query: &str) -> bool {
    !query.is_empty() && words_of(line).to_lowercase().contains(&query.to_lowercase())
}

/// The newest line with `query` in it that is `from` lines from the end or more: how many lines stand after it.
#[must_use]
pub fn find(page: &TranscriptPage, from: usize, query: &str) -> Option<usize> {
    page.exchanges.iter().rev().enumerate().skip(from).find(|(_, line)| holds(line, query)).map(|(back, _)| back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::live::ToolWords;

    #[test]
    fn a_search_goes_back_from_where_it_stands_and_reads_tools_and_exchanges() {
        let tool = |text: &str| ExchangeLine {
            tool: Some(ToolWords { name: "racadm".into(), stream: "output".into(), text: text.into() }),
            ..ExchangeLine::default()
        };
        let get = ExchangeLine { method: "GET".into(), path: "/redfish/v1/Tasks/7".into(), ..ExchangeLine::default() };
        let page = TranscriptPage { exchanges: vec![tool("RAC987: begun"), get, tool("Done")], ..Default::default() };
        assert_eq!(find(&page, 0, "rac"), Some(0), "its name is part of the line");
        assert_eq!(find(&page, 0, "tasks/7"), Some(1));
        assert_eq!(find(&page, 1, "RACADM"), Some(2));
        assert_eq!(find(&page, 3, "rac"), None);
        assert_eq!(find(&page, 0, ""), None);
    }
}
