// One row a key and window; the watermarks beside them.
//
// Whatever could depend on where a batch ends is done event by event, on what is held in memory and stands for the rows:
// which windows take an event, which it closes, what hooks see. Only what no later event can see waits for `flush`: that
// rows are written, and that those are removed which the watermark has left behind.
#include <foldline/projections/detail/window_engine.hpp>

#include "document_bytes.hpp"
#include "document_table.hpp"
#include "event_clocks.hpp"

#include <fmt/core.h>

#include <map>
#include <set>

namespace foldline::inline v0::detail {
namespace {

struct held_window {
    message_ptr document;
    bool closed = false;
    std::int64_t corrections = 0;
    bool changed = false;
};

/// The windows that one watermark closes.
struct scope {
    std::string name;
    event_clock& clock;
    std::set<std::pair<timestamp, std::string>> open;  // by end and key; those that are held
    std::optional<timestamp> next_stored;              // the first end of those that are open in the table and not held
    bool moved = false;
};

/// The statements; those that are about one scope have its condition in them.
struct texts {
    explicit texts(const std::string& name)
        : find(fmt::format(R"(select document, closed, corrections from "{}" where key = ?1 and "start" = ?2)", name)),
          write(fmt::format(R"(insert into "{}" (key, "start", "end", document, closed, corrections)
    values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (key, "start") do update
    set document = excluded.document, closed = excluded.closed, corrections = excluded.corrections)",
                            name)),
          next(R"(select min("end") from "{}" where closed = 0 and {} and "end" > ?2)"),
          open(R"(select key, "start", document, corrections from "{}" where closed = 0 and {} and "end" <= ?2)"),
          remove(R"(delete from "{}" where {} and "end" <= ?2)") {
        for (std::string* text : {&next, &open, &remove}) {
            one_key.push_back(fmt::format(fmt::runtime(*text), name, "key = ?1"));
            all_keys.push_back(fmt::format(fmt::runtime(*text), name, "?1 = ''"));
        }
    }

    enum scoped { next_end, due, removal };
    [[nodiscard]] const std::string& of(watermark_scope scope, scoped which) const {
        return (scope == watermark_scope::global ? all_keys : one_key)[which];
    }

    std::string find, write;

private:
    std::string next, open, remove;
    std::vector<std::string> one_key, all_keys;
};

}  // namespace

struct window_engine::parts {
    parts(const window_rules& told, message_ptr (*make)())
        : rules(told), new_document(make), sql(told.name), clocks(told) {}

    scope& scope_of(const std::string& key, sql_session& rows);
    held_window& window_of(const std::string& key, timestamp start, sql_session& rows);
    void put(scope& here, timestamp watermark, const window_handler& handler, const std::string& key,
             const window& when, const google::protobuf::Message& message, const event_view& event, sql_session& rows);
    void move(scope& here, timestamp watermark, sql_session& rows);
    void hold_due(scope& here, timestamp watermark, sql_session& rows);
    void close(held_window& closing, const std::string& key, const window& when, sql_session& rows);
    void find_next_stored(scope& here, timestamp watermark, sql_session& rows);
    void remove_left_behind(sql_session& rows);
    void let_go(std::map<timestamp, held_window>& windows, timestamp latest_end) const;
    void write(sql_session& rows);
    [[nodiscard]] std::optional<timestamp> removed_at(const window& when) const;

    const window_rules& rules;
    message_ptr (*new_document)();
    window_hook closed, corrected;
    texts sql;
    event_clocks clocks;
    std::map<std::string, scope, std::less<>> scopes;
    std::map<std::string, std::map<timestamp, held_window>, std::less<>> held;
    own_rows own;
    whole_or_nothing whole;
};

window_engine::window_engine(const window_rules& rules, message_ptr (*new_document)())
    : parts_(std::make_unique<parts>(rules, new_document)) {}
window_engine::~window_engine() = default;

std::vector<read_model_table> window_engine::tables(const window_rules& rules,
                                                    const std::vector<read_model_table>& own) {
    const bool global = rules.scope == watermark_scope::global;
    std::string create = fmt::format(R"(create table "{0}" (
    key text not null,
    "start" integer not null,
    "end" integer not null,
    document blob constraint "{2}" not null,
    closed integer not null,
    corrections integer not null,
    primary key (key, "start")
) strict, without rowid;
create index "{0}_open" on "{0}" ({1}) where closed = 0)",
                                     rules.name, global ? R"("end", key)" : R"(key, "end")", rules.document);
    if (global && rules.keep) create += fmt::format(";\ncreate index \"{0}_by_end\" on \"{0}\" (\"end\")", rules.name);
    return with_common_tables(rules, {{rules.name, std::move(create)}}, own);
}

void window_engine::on_closed(window_hook hook) { parts_->closed = std::move(hook); }
void window_engine::on_corrected(window_hook hook) { parts_->corrected = std::move(hook); }

void window_engine::apply(const window_handler& handler, const google::protobuf::Message& message,
                          const event_view& event, sql_session& rows) {
    parts_->whole(parts_->rules, [&] {
        const std::optional<std::string> key = handler.key(message, event);
        if (!key) return;
        scope& here = parts_->scope_of(*key, rows);
        const timestamp watermark = moved_watermark(parts_->rules, here.clock.watermark, event);
        each_window_of(parts_->rules, event.occurred_at, [&](const window& when) {
            parts_->put(here, watermark, handler, *key, when, message, event, rows);
        });
        if (here.clock.watermark != watermark) parts_->move(here, watermark, rows);
    });
}

void window_engine::flush(sql_session& rows) {
    parts_->whole(parts_->rules, [&] {
        parts_->remove_left_behind(rows);  // first, so that they are not written once more
        parts_->write(rows);
        parts_->clocks.flush(rows);
    });
}

void window_engine::forget(bool committed) {
    parts_->scopes.clear();
    parts_->held.clear();
    parts_->clocks.forget(committed);
    parts_->own.ended(committed);
    parts_->whole.forget();
}

scope& window_engine::parts::scope_of(const std::string& key, sql_session& rows) {
    const std::string& name = clocks.scope_of(key);
    const auto known = scopes.find(name);
    if (known != scopes.end()) return known->second;
    scope& added = scopes.emplace(name, scope{name, clocks.of(name, rows), {}, {}, false}).first->second;
    if (added.clock.watermark) find_next_stored(added, *added.clock.watermark, rows);
    return added;
}

held_window& window_engine::parts::window_of(const std::string& key, timestamp start, sql_session& rows) {
    std::map<timestamp, held_window>& of_key = held[key];
    const auto known = of_key.find(start);
    if (known != of_key.end()) return known->second;
    held_window found{new_document()};
    own.each(
        rows, sql.find,
        [&](const sql_row& row) {
            parse_document(rules.name, key, row.blob(0), *found.document);
            found.closed = row.integer(1) != 0;
            found.corrections = row.integer(2);
        },
        key, start);
    return of_key.emplace(start, std::move(found)).first->second;
}

void window_engine::parts::put(scope& here, timestamp watermark, const window_handler& handler, const std::string& key,
                               const window& when, const google::protobuf::Message& message, const event_view& event,
                               sql_session& rows) {
    if (const fate what = fate_of(rules, when.end, removed_at(when), watermark); what != fate::taken) {
        clocks.leave_out(what, here.clock, key, when, event, rows);
        return;
    }
    held_window& into = window_of(key, when.start, rows);
    handler.fold(*into.document, message, event);
    into.changed = true;
    if (into.closed) {
        ++into.corrections;
        if (corrected) corrected(rows, key, when, *into.document);
    } else if (when.end > watermark) {
        here.open.emplace(when.end, key);
    } else {
        close(into, key, when, rows);
    }
}

void window_engine::parts::move(scope& here, timestamp watermark, sql_session& rows) {
    here.clock.watermark = watermark;
    here.clock.changed = true;
    here.moved = true;
    if (here.next_stored && *here.next_stored <= watermark) hold_due(here, watermark, rows);
    while (!here.open.empty() && here.open.begin()->first <= watermark) {
        const auto [end, key] = *here.open.begin();
        here.open.erase(here.open.begin());
        const window when{end - rules.size, end};
        close(window_of(key, when.start, rows), key, when, rows);
    }
}

void window_engine::parts::hold_due(scope& here, timestamp watermark, sql_session& rows) {
    own.each(
        rows, sql.of(rules.scope, texts::due),
        [&](const sql_row& row) {
            std::string key{row.text(0)};
            const timestamp start = time_of(row, 1);
            held_window found{new_document()};
            parse_document(rules.name, key, row.blob(2), *found.document);
            found.corrections = row.integer(3);
            // One that is held already may be closed by now, or hold more than the table does: that one counts.
            if (held[key].emplace(start, std::move(found)).second)
                here.open.emplace(start + rules.size, std::move(key));
        },
        here.name, watermark);
    find_next_stored(here, watermark, rows);
}

void window_engine::parts::find_next_stored(scope& here, timestamp watermark, sql_session& rows) {
    here.next_stored.reset();
    own.each(
        rows, sql.of(rules.scope, texts::next_end),
        [&](const sql_row& row) {
            if (!row.is_null(0)) here.next_stored = time_of(row, 0);
        },
        here.name, watermark);
}

void window_engine::parts::close(held_window& closing, const std::string& key, const window& when, sql_session& rows) {
    closing.closed = true;
    closing.changed = true;
    if (closed) closed(rows, key, when, *closing.document);
}

std::optional<timestamp> window_engine::parts::removed_at(const window& when) const {
    const auto kept = kept_behind(rules);
    return kept ? std::optional(when.end + *kept) : std::nullopt;
}

void window_engine::parts::write(sql_session& rows) {
    for (auto& [key, windows] : held)
        for (auto& [start, each] : windows) {
            if (!std::exchange(each.changed, false)) continue;
            own.changed();
            std::string bytes;
            write_document(*each.document, bytes);
            rows.execute(sql.write, key, start, start + rules.size, sql_blob{bytes}, each.closed, each.corrections);
        }
}

void window_engine::parts::remove_left_behind(sql_session& rows) {
    const auto kept = kept_behind(rules);
    if (!kept) return;
    for (auto& [name, here] : scopes) {
        if (!std::exchange(here.moved, false)) continue;
        const timestamp latest_end = *here.clock.watermark - *kept;
        own.changed();
        rows.execute(sql.of(rules.scope, texts::removal), name, latest_end);
        if (rules.scope == watermark_scope::global)
            for (auto& [key, windows] : held) let_go(windows, latest_end);
        else if (const auto windows = held.find(name); windows != held.end()) let_go(windows->second, latest_end);
    }
}

void window_engine::parts::let_go(std::map<timestamp, held_window>& windows, timestamp latest_end) const {
    windows.erase(windows.begin(), windows.upper_bound(latest_end - rules.size));
}

}  // namespace foldline::inline v0::detail
