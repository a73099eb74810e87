#include <foldline/projections/document_projection.hpp>

#include "document_bytes.hpp"
#include "document_cache.hpp"
#include "document_table.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <vector>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t remembered_by_default = std::size_t{64} << 20;

/// The same message gives the same bytes, whatever order its maps are in.
void assign_stream_name(std::string& text, const stream_ref& stream) {
    text.assign(stream.category);
    text += '-';
    text += stream.id;
}

}  // namespace

void document_state::remove() {
    if (exists) message->Clear();
    changed = changed || exists;
    exists = false;
}

struct document_projection_base::parts {
    parts(std::string projection, std::uint32_t number, const pb::Message& empty)
        : name(std::move(projection)), version(number), table(name, *empty.GetDescriptor()), cache(empty) {}

    std::string name;
    std::uint32_t version;
    document_table table;
    std::vector<document_rule> rules;
    std::vector<projected_event> events;
    bool order_by_key = false;
    bool has_all = false;  // of the order keys, by a claim
    std::size_t remembered = remembered_by_default;

    document_cache cache;
    std::vector<cached_document*> waiting;  // folded since the last flush
    std::uint64_t folding = 0;              // number of the event that is applied
    bool flushed = false;                   // since the last commit
    bool look_inside = false;               // what was flushed since the last commit may be in no cache any more
    global_position reached;
    std::string stream_name;
    std::string bytes;

    [[nodiscard]] bool is_by_stream() const {
        return !rules.empty() && std::all_of(rules.begin(), rules.end(), [](const document_rule& rule) {
            return rule.kind == document_keys::stream;
        });
    }

    /// Whether the key of a document is the order key of its events.
    [[nodiscard]] bool keys_follow_order() const { return order_by_key || is_by_stream(); }
    /// Whether nobody else works on the documents that events lead to here.
    [[nodiscard]] bool owns_documents() const { return keys_follow_order() || has_all; }

    void require_one_key(const document_rule& rule) const {
        if (rule.kind == document_keys::several)
            throw definition_error(fmt::format(
                "projection {}: {} may lead to several documents, and cannot be kept in order by one key; leave "
                "order_by_key out, or give one key",
                name, rule.event.type.to_string()));
    }

    void for_each_key(const document_rule& rule, const pb::Message& message, const event_view& event, std::string& text,
                      key_sink sink) const {
        if (rule.kind == document_keys::stream) {
            assign_stream_name(text, event.stream);
            sink(text);
        } else {
            rule.keys(message, event, sink);
        }
    }

    cached_document& read(sql_session& rows, std::string_view key, bool inside) {
        cached_document& entry = cache.add(key);
        try {
            entry.exists = entry.in_table = table.load(rows, inside, key, entry.stored, *entry.message);
        } catch (...) {
            cache.remove(entry);
            throw;
        }
        return entry;
    }

    cached_document& load(sql_session& rows, std::string_view key, bool for_folding) {
        cached_document* known = cache.find(key);
        if (!known) {
            known = &read(rows, key, look_inside || !for_folding || !owns_documents());
            known->borrowed = true;
        }
        if (for_folding) known->borrowed = false;
        return *known;
    }

    void fold(cached_document& entry, const document_rule& rule, const pb::Message& message, const event_view& event) {
        if (entry.folded == folding) return;
        entry.folded = folding;
        rule.fold(entry, message, event);
        if (!entry.changed || entry.waits) return;
        entry.waits = true;
        waiting.push_back(&entry);
    }

    void write(cached_document& entry, sql_session& rows) {
        if (entry.exists) {
            write_document(*entry.message, bytes);
            if (entry.in_table && bytes == entry.stored) return;
            table.store(rows, entry.key, bytes, *entry.message);
            entry.stored.swap(bytes);
        } else {
            if (!entry.in_table) return;
            table.remove(rows, entry.key);
        }
        entry.in_table = entry.exists;
        flushed = true;
    }

    void flush(sql_session& rows) {
        // In the order of the table, so that neighbours are written to one page while it is at hand.
        std::sort(waiting.begin(), waiting.end(), [](auto* a, auto* b) { return a->key < b->key; });
        for (cached_document* entry : waiting) {
            write(*entry, rows);
            entry->waits = entry->changed = false;
        }
        waiting.clear();
    }

    /// Without a look at what is stored: it may be damaged.
    void erase(std::string_view key, sql_session& rows) {
        cached_document* known = cache.find(key);
        if (!known) known = &cache.add(key);
        known->remove();
        known->in_table = known->borrowed = false;
        table.remove(rows, key);
        flushed = true;
    }

    void forget() {
        waiting.clear();
        cache.clear();
        // If only a part of the transaction was undone, rows may be there that a look from outside does not see.
        look_inside = flushed;
    }
};

document_projection_base::document_projection_base(std::string name, std::uint32_t version, const pb::Message& empty) {
    require_projection_name(name);
    if (version == 0) throw definition_error(fmt::format("projection {} is of version 0; versions begin at 1", name));
    parts_ = std::make_unique<parts>(std::move(name), version, empty);
}
document_projection_base::document_projection_base(document_projection_base&&) noexcept = default;
document_projection_base::~document_projection_base() = default;

std::string_view document_projection_base::name() const { return parts_->name; }
std::uint32_t document_projection_base::version() const { return parts_->version; }
std::span<const read_model_table> document_projection_base::tables() const { return {&parts_->table.definition(), 1}; }
std::span<const projected_event> document_projection_base::events() const { return parts_->events; }
bool document_projection_base::is_by_stream() const { return parts_->is_by_stream(); }
bool document_projection_base::has_order_key() const { return parts_->order_by_key; }
void document_projection_base::add_index(std::string_view field) { parts_->table.add_index(field); }
void document_projection_base::set_remembered(std::size_t bytes) { parts_->remembered = bytes; }

void document_projection_base::add(document_rule rule) {
    for (const projected_event& known : parts_->events)
        if (known.type == rule.event.type)
            throw definition_error(fmt::format("projection {} handles {} twice; one handler does all of it",
                                               parts_->name, rule.event.type.to_string()));
    if (parts_->order_by_key) parts_->require_one_key(rule);
    parts_->events.push_back(rule.event);
    parts_->rules.push_back(std::move(rule));
}

void document_projection_base::set_order_by_key() {
    for (const document_rule& rule : parts_->rules) parts_->require_one_key(rule);
    parts_->order_by_key = true;
}

void document_projection_base::apply(std::size_t wanted, const pb::Message& message, const event_view& event,
                                     sql_session& rows) {
    // Driven again from further back, perhaps over other rows: what is remembered is not of them.
    if (event.position <= parts_->reached) rolled_back();
    const document_rule& rule = parts_->rules[wanted];
    ++parts_->folding;
    try {
        parts_->for_each_key(rule, message, event, parts_->stream_name, [&](std::string_view key) {
            parts_->fold(parts_->load(rows, key, true), rule, message, event);
        });
    } catch (...) {
        parts_->forget();
        throw;
    }
}

void document_projection_base::flush(sql_session& rows) {
    try {
        parts_->flush(rows);
    } catch (...) {
        parts_->forget();
        throw;
    }
}

void document_projection_base::rolled_back() {
    parts_->forget();
    parts_->has_all = false;
    parts_->reached = {};
}

void document_projection_base::entrusted(partition part) { parts_->has_all = part.is_whole(); }

void document_projection_base::committed(global_position position) {
    parts_->flushed = parts_->look_inside = false;
    parts_->reached = position;
    parts_->cache.end_batch(parts_->owns_documents() ? parts_->remembered : 0);
}

bool document_projection_base::erase_key(std::string_view order_key, sql_session& rows) {
    if (!parts_->keys_follow_order()) return false;
    parts_->erase(order_key, rows);
    return true;
}

std::string document_projection_base::order_key(std::size_t wanted, const pb::Message& message,
                                                const event_view& event) const {
    std::string stream_name;
    std::string found;
    parts_->for_each_key(parts_->rules[wanted], message, event, stream_name,
                         [&](std::string_view key) { found.assign(key); });
    return found;
}

void document_projection_base::fold_into(document_state& target, std::size_t wanted, const pb::Message& message,
                                         const event_view& event) const {
    const document_rule& rule = parts_->rules[wanted];
    std::string stream_name;
    bool concerned = false;
    parts_->for_each_key(rule, message, event, stream_name,
                         [&](std::string_view key) { concerned = concerned || key == target.key; });
    if (concerned) rule.fold(target, message, event);
}

const pb::Message* document_projection_base::find_document(sql_session& rows, std::string_view key) {
    const cached_document& entry = parts_->load(rows, key, false);
    return entry.exists ? entry.message.get() : nullptr;
}

}  // namespace foldline::inline v0::detail
