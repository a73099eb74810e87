// What rows depend on, as text. It is stored, so another form of it makes every definition look like another one.
//
//     projection sales 1
//     table sales create table sales (country text primary key, …) strict
//     event item-sold@2
//
// Tables and events are sorted: in which order a program names them makes no difference to the rows.
#include <foldline/projections/projection.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace foldline::inline v0 {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Where what begins at `from` ends: after its `last`, or with the text.
std::size_t end_of(std::string_view sql, std::size_t from, std::string_view last) {
    const std::size_t found = sql.find(last, from);
    return found == std::string_view::npos ? sql.size() : found + last.size();
}

/// The end of the comment that begins here; here, if none does.
std::size_t end_of_comment(std::string_view sql, std::size_t here) {
    if (sql.substr(here).starts_with("--")) return end_of(sql, here, "\n");
    if (sql.substr(here).starts_with("/*")) return end_of(sql, here + 2, "*/");
    return here;
}

std::size_t end_of_quoted(std::string_view sql, std::size_t here) {
    switch (sql[here]) {
        case '\'':
        case '"':
        case '`': return end_of(sql, here + 1, sql.substr(here, 1));
        case '[': return end_of(sql, here + 1, "]");
        default: return here + 1;
    }
}

void put_on_one_line(std::string& line, std::string_view text) {
    for (const char c : text) {
        if (c == '\n') line += "\\n";
        else line += c;
    }
}

/// Statements on one line, without their comments, one space between words: who only writes them more nicely has not
/// changed them. What is quoted stays as it is.
std::string plain(std::string_view sql) {
    std::string text;
    bool gap = false;
    for (std::size_t here = 0; here < sql.size();) {
        if (const std::size_t behind = end_of_comment(sql, here); behind != here || is_space(sql[here])) {
            gap = true;
            here = std::max(behind, here + 1);
            continue;
        }
        if (gap && !text.empty()) text += ' ';
        gap = false;
        const std::size_t behind = end_of_quoted(sql, here);
        put_on_one_line(text, sql.substr(here, behind - here));
        here = behind;
    }
    return text;
}

/// A definition taken apart again.
struct parts {
    std::string projection;
    std::map<std::string, std::string> tables;
    std::set<std::string> events;
    std::set<std::string> others;  // of a program that knows more
};

std::string take_word(std::string_view& text) {
    const std::string word{text.substr(0, text.find(' '))};
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

void put_line(parts& known, std::string_view line) {
    std::string_view rest = line;
    const std::string kind = take_word(rest);
    if (kind == "projection") known.projection = rest;
    else if (kind == "event") known.events.emplace(rest);
    else if (kind == "table") {
        const std::string table = take_word(rest);
        known.tables[table] = rest;
    } else if (!kind.empty()) known.others.emplace(line);
}

parts parts_of(std::string_view definition) {
    parts known;
    while (!definition.empty()) {
        const std::string_view line = definition.substr(0, definition.find('\n'));
        put_line(known, line);
        definition.remove_prefix(std::min(definition.size(), line.size() + 1));
    }
    return known;
}

void say(std::string& sentence, std::string_view what) {
    if (!sentence.empty()) sentence += "; ";
    sentence += what;
}

/// `before` and all that `all` has and `known` has not.
void say_missing(std::string& sentence, std::string_view before, const std::set<std::string>& all,
                 const std::set<std::string>& known) {
    std::string names;
    for (const std::string& name : all)
        if (!known.contains(name)) names += (names.empty() ? "" : ", ") + name;
    if (!names.empty()) say(sentence, fmt::format("{} {}", before, names));
}

std::set<std::string> names_of(const std::map<std::string, std::string>& tables) {
    std::set<std::string> names;
    for (const auto& [name, statements] : tables) names.insert(name);
    return names;
}

void say_changed_tables(std::string& sentence, const parts& was, const parts& is) {
    for (const auto& [name, statements] : was.tables)
        if (const auto now = is.tables.find(name); now != is.tables.end() && now->second != statements)
            say(sentence, fmt::format("the table {} is made by other statements", name));
    say_missing(sentence, "it now also keeps the table", names_of(is.tables), names_of(was.tables));
    say_missing(sentence, "it no longer keeps the table", names_of(was.tables), names_of(is.tables));
}

}  // namespace

std::string definition_of(const projection& projection) {
    std::vector<std::string> lines;
    for (const read_model_table& table : projection.tables())
        lines.push_back(fmt::format("table {} {}\n", table.name, plain(table.create)));
    std::sort(lines.begin(), lines.end());
    const auto events = std::ssize(lines);
    for (const projected_event& wanted : projection.events())
        lines.push_back(fmt::format("event {}\n", wanted.type.to_string()));
    std::sort(lines.begin() + events, lines.end());
    std::string definition = fmt::format("projection {} {}\n", projection.name(), projection.version());
    for (const std::string& line : lines) definition += line;
    return definition;
}

std::string definition_difference(std::string_view stored, std::string_view present) {
    if (stored == present) return {};
    const parts was = parts_of(stored);
    const parts is = parts_of(present);
    std::string sentence;
    if (was.projection != is.projection)
        say(sentence, fmt::format("it was '{}' and is '{}'", was.projection, is.projection));
    say_changed_tables(sentence, was, is);
    say_missing(sentence, "it now also handles", is.events, was.events);
    say_missing(sentence, "it no longer handles", was.events, is.events);
    if (was.others != is.others || sentence.empty())
        say(sentence, "another version of foldline wrote down more, or less, of what it is made of");
    return sentence;
}

}  // namespace foldline::inline v0
