// One row an event: its part. Windows are put together from parts when somebody asks, so none is stored.
//
// Kafka Streams' sliding windows hold the same events, one window for each distinct set of them; here a window has the
// instant that it ends at for its name, which is what is asked for.
#include <foldline/projections/detail/sliding_engine.hpp>

#include "document_bytes.hpp"
#include "document_table.hpp"
#include "event_clocks.hpp"
#include "sliding_parts.hpp"

#include <fmt/core.h>

#include <map>
#include <set>

namespace foldline::inline v0::detail {
namespace {

struct held_part {
    message_ptr document;
    bool added = false;  // and not yet in the table
};
using held_parts = std::map<part_place, held_part>;

/// The parts of one key; all that are stored only once somebody has asked for a window.
struct held_key {
    held_parts parts;
    bool complete = false;
};

}  // namespace

struct sliding_engine::parts {
    parts(const window_rules& told, message_ptr (*make)(), untyped_merge with);

    void take(const std::string& key, timestamp watermark, message_ptr part, const event_view& event,
              sql_session& rows);
    void complete(const std::string& key, held_key& here, sql_session& rows);
    void tell_changes(const std::string& key, const held_parts& known, timestamp changed, timestamp watermark,
                      sql_session& rows);
    [[nodiscard]] message_ptr merged(const held_parts& known, timestamp at) const;
    void remove_left_behind(sql_session& rows);
    void write(sql_session& rows);

    const window_rules& rules;
    message_ptr (*new_document)();
    untyped_merge merge;
    window_hook changed;
    std::string all_of_key, add, remove_of_key, remove_of_all;
    event_clocks clocks;
    std::map<std::string, held_key, std::less<>> held;
    std::set<std::string> moved;  // scopes
    own_rows own;
    whole_or_nothing whole;
};

sliding_engine::parts::parts(const window_rules& told, message_ptr (*make)(), untyped_merge with)
    : rules(told),
      new_document(make),
      merge(std::move(with)),
      all_of_key(fmt::format(R"(select at, position, part, document from "{}" where key = ?1)", told.name)),
      add(fmt::format(R"(insert into "{}" (key, at, position, part, document) values (?1, ?2, ?3, ?4, ?5))",
                      told.name)),
      remove_of_key(fmt::format(R"(delete from "{}" where key = ?1 and at <= ?2)", told.name)),
      remove_of_all(fmt::format(R"(delete from "{}" where at <= ?1)", told.name)),
      clocks(told) {}

sliding_engine::sliding_engine(const window_rules& rules, message_ptr (*new_document)(), untyped_merge merge)
    : parts_(std::make_unique<parts>(rules, new_document, std::move(merge))) {}
sliding_engine::~sliding_engine() = default;

std::vector<read_model_table> sliding_engine::tables(const window_rules& rules,
                                                     const std::vector<read_model_table>& own) {
    std::string create = fmt::format(R"(create table "{0}" (
    key text not null,
    at integer not null,
    position integer not null,
    part integer not null,
    document blob constraint "{1}" not null,
    primary key (key, at, position, part)
) strict, without rowid)",
                                     rules.name, rules.document);
    if (rules.scope == watermark_scope::global)
        create += fmt::format(";\ncreate index \"{0}_by_time\" on \"{0}\" (at)", rules.name);
    return with_common_tables(rules, {{rules.name, std::move(create)}}, own);
}

void sliding_engine::on_change(window_hook hook) { parts_->changed = std::move(hook); }

void sliding_engine::apply(const window_handler& handler, const google::protobuf::Message& message,
                           const event_view& event, sql_session& rows) {
    parts_->whole(parts_->rules, [&] {
        const window_rules& rules = parts_->rules;
        const std::optional<std::string> key = handler.key(message, event);
        if (!key) return;
        const std::string& scope = parts_->clocks.scope_of(*key);
        event_clock& clock = parts_->clocks.of(scope, rows);
        const timestamp watermark = moved_watermark(rules, clock.watermark, event);
        if (clock.watermark != watermark) {
            clock.watermark = watermark;
            clock.changed = true;
            parts_->moved.insert(scope);
        }
        const sliding_bounds bounds{rules};
        const fate what =
            fate_of(rules, bounds.closes(event.occurred_at), bounds.removed(event.occurred_at), watermark);
        if (what != fate::taken) {
            const window ends_here{event.occurred_at - rules.size, event.occurred_at};
            parts_->clocks.leave_out(what, clock, *key, ends_here, event, rows);
            return;
        }
        message_ptr part = parts_->new_document();
        handler.fold(*part, message, event);
        parts_->take(*key, watermark, std::move(part), event, rows);
    });
}

void sliding_engine::flush(sql_session& rows) {
    parts_->whole(parts_->rules, [&] {
        parts_->remove_left_behind(rows);  // first, so that they are not written at all
        parts_->write(rows);
        parts_->clocks.flush(rows);
    });
}

void sliding_engine::forget(bool committed) {
    parts_->held.clear();
    parts_->moved.clear();
    parts_->clocks.forget(committed);
    parts_->own.ended(committed);
    parts_->whole.forget();
}

void sliding_engine::parts::take(const std::string& key, timestamp watermark, message_ptr part, const event_view& event,
                                 sql_session& rows) {
    held_key& here = held[key];
    if (changed && !here.complete) complete(key, here, rows);
    const part_place place{event.occurred_at, event.position, event.part};
    here.parts.insert_or_assign(place, held_part{std::move(part), true});
    if (changed) tell_changes(key, here.parts, event.occurred_at, watermark, rows);
}

void sliding_engine::parts::complete(const std::string& key, held_key& here, sql_session& rows) {
    own.each(
        rows, all_of_key,
        [&](const sql_row& row) {
            held_part stored{new_document(), false};
            parse_document(rules.name, key, row.blob(3), *stored.document);
            here.parts.emplace(place_of(row), std::move(stored));
        },
        key);
    here.complete = true;
}

/// The windows that hold what occurred at `changed`, and end at it or at a later event.
void sliding_engine::parts::tell_changes(const std::string& key, const held_parts& known, timestamp changed_at,
                                         timestamp watermark, sql_session& rows) {
    const sliding_bounds bounds{rules};
    std::set<timestamp> ends;
    for (auto each = known.lower_bound({changed_at, {}, 0}); each != known.end(); ++each) {
        if (each->first.at >= changed_at + rules.size) break;
        if (watermark < bounds.left_behind(each->first.at)) ends.insert(each->first.at);
    }
    for (const timestamp end : ends) changed(rows, key, {end - rules.size, end}, *merged(known, end));
}

message_ptr sliding_engine::parts::merged(const held_parts& known, timestamp at) const {
    message_ptr whole_window = new_document();
    const auto behind = known.lower_bound(first_after(at));
    for (auto each = known.lower_bound(first_after(at - rules.size)); each != behind; ++each)
        merge(*whole_window, *each->second.document);
    return whole_window;
}

void sliding_engine::parts::remove_left_behind(sql_session& rows) {
    const sliding_bounds bounds{rules};
    const auto let_go = [](held_key& here, timestamp last) {
        here.parts.erase(here.parts.begin(), here.parts.lower_bound(first_after(last)));
    };
    for (const std::string& scope : std::exchange(moved, {})) {
        const timestamp last = bounds.last_removed(*clocks.of(scope, rows).watermark);
        own.changed();
        if (rules.scope == watermark_scope::global) {
            rows.execute(remove_of_all, last);
            for (auto& [key, here] : held) let_go(here, last);
        } else {
            rows.execute(remove_of_key, scope, last);
            if (const auto here = held.find(scope); here != held.end()) let_go(here->second, last);
        }
    }
}

void sliding_engine::parts::write(sql_session& rows) {
    for (auto& [key, here] : held) {
        for (auto& [place, part] : here.parts) {
            if (!std::exchange(part.added, false)) continue;
            own.changed();
            std::string bytes;
            write_document(*part.document, bytes);
            rows.execute(add, key, place.at, place.position.value, place.part, sql_blob{bytes});
        }
        if (!here.complete) here.parts.clear();
    }
}

}  // namespace foldline::inline v0::detail
