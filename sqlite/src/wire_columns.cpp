#include "wire_columns.hpp"

#include "message_json.hpp"

#include <fmt/core.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

namespace pb = google::protobuf;

/// Fields with larger numbers are rare, and are looked for one by one.
constexpr std::uint32_t largest_at_hand = 1'000;

/// An absent field of this kind has its default, and not none. In a map, an absent key or value is such a default.
bool has_default(const pb::FieldDescriptor& field) {
    return !field.has_presence() || field.containing_type()->options().map_entry();
}

bool is_in_real_oneof(const pb::FieldDescriptor& field) { return field.real_containing_oneof() != nullptr; }

const pb::Message& prototype_of(const pb::Message& any, const pb::Descriptor& type) {
    if (any.GetDescriptor() == &type) return any;
    return *any.GetReflection()->GetMessageFactory()->GetPrototype(&type);
}

}  // namespace

wire_columns::wire_columns(const pb::Message& prototype, std::span<const wanted_column> wanted, masking personal)
    : personal_(personal), prototype_(prototype) {
    nodes_.emplace_back();
    for (const wanted_column& each : wanted) want(each);
}

void wire_columns::want(const wanted_column& wanted) {
    const message_column& column = *wanted.column;
    const bool is_masked = column.is_personal && personal_ == masking::on;
    cells_.push_back(wanted.cell);
    if (column.path.empty()) {
        // The column is the whole message, which is an element of a list.
        slot whole;
        whole.cell = wanted.cell;
        whole.is_masked = is_masked;
        if (column.form == column_form::json) whole.prototype = &prototype_;
        slots_.push_back(std::move(whole));
        return;
    }
    int at = 0;
    for (std::size_t i = 0; i + 1 < column.path.size(); ++i) at = child(at, *column.path[i]);
    const pb::FieldDescriptor& field = *column.path.back();
    entry& met = entry_of(at, field);
    if (column.form == column_form::value) {
        met.value = wire_value{field, is_masked};
        met.cell = static_cast<int>(wanted.cell);
    } else {
        met.slot = static_cast<int>(slots_.size());
        slot later;
        later.cell = wanted.cell;
        later.is_masked = is_masked;
        if (column.form == column_form::json) {
            later.prototype = &prototype_of(prototype_, *field.containing_type());
            later.field = &field;
        }
        slots_.push_back(std::move(later));
    }
    if (is_masked && (field.is_repeated() || has_default(field)))
        nodes_[static_cast<std::size_t>(at)].defaults.push_back({wanted.cell, event_cell::text(personal_mask)});
    else if (field.is_repeated())
        nodes_[static_cast<std::size_t>(at)].defaults.push_back(
            {wanted.cell, event_cell::text(field.is_map() ? "{}" : "[]")});
    else if (has_default(field) && column.form == column_form::value)
        nodes_[static_cast<std::size_t>(at)].defaults.push_back({wanted.cell, met.value.default_value()});
}

int wire_columns::child(int at, const pb::FieldDescriptor& field) {
    const int known = entry_of(at, field).node;
    if (known != none) return known;
    const int made = static_cast<int>(nodes_.size());
    nodes_.emplace_back();
    entry_of(at, field).node = made;
    return made;
}

wire_columns::entry& wire_columns::entry_of(int at, const pb::FieldDescriptor& field) {
    node& in = nodes_[static_cast<std::size_t>(at)];
    const auto number = static_cast<std::uint32_t>(field.number());
    if (entry* known = find(in, number)) return *known;
    const auto add = [&](const pb::FieldDescriptor& which) {
        const auto place = static_cast<std::uint32_t>(which.number());
        if (place <= largest_at_hand) {
            if (in.by_number.size() <= place) in.by_number.resize(place + 1, none);
            in.by_number[place] = static_cast<std::int16_t>(in.entries.size());
        }
        entry made{wire_value{which, false}};
        made.is_in_oneof = is_in_real_oneof(which);
        in.entries.push_back(std::move(made));
    };
    add(field);
    // The other members of a oneof are asked for too: one that comes later takes the place of this one.
    if (const auto* choice = field.real_containing_oneof())
        for (int i = 0; i < choice->field_count(); ++i)
            if (!find(in, static_cast<std::uint32_t>(choice->field(i)->number()))) add(*choice->field(i));
    return *find(in, number);
}

wire_columns::entry* wire_columns::find(node& in, std::uint32_t number) {
    if (number < in.by_number.size())
        return in.by_number[number] == none ? nullptr : &in.entries[static_cast<std::size_t>(in.by_number[number])];
    if (number <= largest_at_hand) return nullptr;
    const auto found = std::find_if(in.entries.begin(), in.entries.end(), [&](const entry& each) {
        return static_cast<std::uint32_t>(each.value.field().number()) == number;
    });
    return found == in.entries.end() ? nullptr : &*found;
}

bool wire_columns::read(std::string_view encoded, event_cell* cells) {
    why_.clear();
    for (const std::size_t cell : cells_) cells[cell] = {};
    for (node& each : nodes_) each.is_seen = false;
    for (slot& each : slots_) {
        each.is_seen = false;
        each.seconds = each.nanos = 0;
        each.bytes.clear();
    }
    see(0, cells);
    if (prototype_.GetDescriptor()->options().map_entry())
        for (const entry& each : nodes_[0].entries)
            if (each.node != none) see(each.node, cells);
    if (!walk(encoded, 0, cells)) return false;
    for (slot& each : slots_) {
        if (each.field || each.is_seen) {
            if (!finish(each, cells)) return false;
        } else if (cells_.size() == 1 && nodes_[0].entries.empty()) {
            // The whole message.
            if (each.prototype) each.bytes = encoded;
            else if (!take_time(each, encoded)) return false;
            each.is_seen = true;
            if (!finish(each, cells)) return false;
        }
    }
    return true;
}

bool wire_columns::walk(std::string_view encoded, int at, event_cell* cells) {
    node& in = nodes_[static_cast<std::size_t>(at)];
    wire_reader fields{encoded};
    while (fields.next()) {
        entry* const met = find(in, fields.number());
        if (!met || met->value.encoded_as() != fields.wire_type()) {
            // A list of numbers may come packed or not, whatever its schema says. Its slot tells.
            if (met && met->slot != none) slots_[static_cast<std::size_t>(met->slot)].bytes += fields.whole();
            continue;
        }
        if (met->is_in_oneof) clear_others(in, *met, cells);
        if (!take(*met, fields, cells)) return false;
    }
    return fields.is_sound() || fail("its bytes are no such message");
}

bool wire_columns::take(entry& met, const wire_reader& field, event_cell* cells) {
    if (met.cell != none && !met.value.take(field, cells[met.cell]))
        return fail(fmt::format("its field {} is not UTF-8", met.value.field().name()));
    if (met.slot != none) {
        slot& into = slots_[static_cast<std::size_t>(met.slot)];
        into.is_seen = true;
        if (into.field) into.bytes += field.whole();
        else if (!take_time(into, field.bytes())) return false;
    }
    if (met.node == none) return true;
    see(met.node, cells);
    return walk(field.bytes(), met.node, cells);
}

bool wire_columns::take_time(slot& into, std::string_view encoded) {
    wire_reader fields{encoded};
    while (fields.next()) {
        if (fields.wire_type() != wire_reader::type::varint) continue;
        if (fields.number() == 1) into.seconds = static_cast<std::int64_t>(fields.value());
        if (fields.number() == 2) into.nanos = static_cast<std::int32_t>(fields.value());
    }
    return fields.is_sound() || fail("its bytes are no such message");
}

void wire_columns::see(int at, event_cell* cells) {
    node& in = nodes_[static_cast<std::size_t>(at)];
    if (std::exchange(in.is_seen, true)) return;
    for (const default_cell& each : in.defaults) cells[each.cell] = each.value;
}

void wire_columns::clear(entry& member, event_cell* cells) {
    if (member.cell != none) cells[member.cell] = {};
    if (member.slot != none) {
        slot& emptied = slots_[static_cast<std::size_t>(member.slot)];
        emptied.is_seen = false;
        emptied.seconds = emptied.nanos = 0;
        emptied.bytes.clear();
        cells[emptied.cell] = {};
    }
    if (member.node == none) return;
    node& inside = nodes_[static_cast<std::size_t>(member.node)];
    inside.is_seen = false;
    for (entry& each : inside.entries) clear(each, cells);
}

void wire_columns::clear_others(node& in, const entry& met, event_cell* cells) {
    const auto* choice = met.value.field().real_containing_oneof();
    for (entry& each : in.entries)
        if (&each != &met && each.value.field().real_containing_oneof() == choice) clear(each, cells);
}

bool wire_columns::finish(slot& done, event_cell* cells) {
    event_cell& cell = cells[done.cell];
    if (!done.prototype) {
        if (!done.is_seen) return true;
        constexpr std::int64_t micros_in_second = 1'000'000;
        constexpr std::int64_t beyond = 400'000'000'000;  // seconds, of any year that has four digits
        if (done.seconds > -beyond && done.seconds < beyond) {
            const std::int64_t micros = done.seconds * micros_in_second + done.nanos / 1'000;
            if (const auto text = text_of_time(micros, done.time); !text.empty())
                cell = event_cell::text(done.is_masked ? personal_mask : text);
        }
        return true;
    }
    if (done.bytes.empty() && !done.is_seen) return true;
    if (done.is_masked) {
        cell = event_cell::text(personal_mask);
        return true;
    }
    // A message with nothing but this field: what is not asked for is not decoded.
    const std::unique_ptr<pb::Message> made{done.prototype->New()};
    const pb::LogSilencer quiet;
    if (!made->ParsePartialFromString(done.bytes)) return fail("its bytes are no such message");
    done.text.clear();
    if (!done.field) {
        append_json(done.text, *made, personal_);
    } else if (done.field->is_repeated() || made->GetReflection()->HasField(*made, done.field)) {
        append_json(done.text, *made, *done.field, personal_);
    } else {
        return true;
    }
    cell = event_cell::text(done.text);
    return true;
}

bool wire_columns::fail(std::string why) {
    why_ = std::move(why);
    return false;
}

// --------------------------------------------------------------------------------------------------------------
// elements

wire_elements::wire_elements(const message_column& list, masking personal)
    : path_(list.path), value_(*list.path.back(), list.is_personal && personal == masking::on) {}

bool wire_elements::read(std::string_view encoded, std::vector<event_cell>& elements) {
    why_.clear();
    elements.clear();
    if (!walk(encoded, 0, elements)) {
        if (why_.empty()) why_ = "its bytes are no such message";
        return false;
    }
    if (path_.back()->is_map()) keep_last_of_each_key(elements);
    return true;
}

bool wire_elements::walk(std::string_view encoded, std::size_t depth, std::vector<event_cell>& elements) {
    const pb::FieldDescriptor& wanted = *path_[depth];
    const auto number = static_cast<std::uint32_t>(wanted.number());
    const auto* choice = wanted.real_containing_oneof();
    wire_reader fields{encoded};
    while (fields.next()) {
        if (fields.number() == number) {
            if (depth + 1 == path_.size()) {
                if (!take(fields, elements)) return false;
            } else if (fields.wire_type() == wire_reader::type::bytes && !walk(fields.bytes(), depth + 1, elements)) {
                return false;
            }
            continue;
        }
        const auto* other =
            choice ? wanted.containing_type()->FindFieldByNumber(static_cast<int>(fields.number())) : nullptr;
        if (other && other->real_containing_oneof() == choice) elements.clear();
    }
    return fields.is_sound();
}

bool wire_elements::take(wire_reader& field, std::vector<event_cell>& elements) {
    if (value_.field().message_type()) {
        if (field.wire_type() == wire_reader::type::bytes) elements.push_back(event_cell::blob(field.bytes()));
        return true;
    }
    event_cell cell;
    if (field.wire_type() == value_.encoded_as()) {
        if (!value_.take(field, cell)) {
            why_ = fmt::format("its field {} is not UTF-8", value_.field().name());
            return false;
        }
        if (cell.is != event_cell::kind::null) elements.push_back(cell);
        return true;
    }
    if (field.wire_type() != wire_reader::type::bytes || !value_.field().is_packable()) return true;
    wire_reader packed{field.bytes()};
    while (!packed.at_end()) {
        if (!packed.next_packed(value_.encoded_as())) return false;
        cell = value_.number(packed.value());
        if (cell.is != event_cell::kind::null) elements.push_back(cell);
    }
    return true;
}

/// Where a key comes twice, Protobuf takes the later entry.
void wire_elements::keep_last_of_each_key(std::vector<event_cell>& entries) const {
    const wire_value key{*value_.field().message_type()->map_key(), false};
    std::unordered_map<std::string, std::size_t> last;
    const auto key_of = [&](const event_cell& entry) {
        event_cell found = key.default_value();
        wire_reader fields{entry.view()};
        while (fields.next())
            if (fields.number() == 1 && fields.wire_type() == key.encoded_as()) (void)key.take(fields, found);
        return found.has_bytes() ? std::string{found.view()} : std::to_string(found.integer);
    };
    for (std::size_t i = 0; i < entries.size(); ++i) last[key_of(entries[i])] = i;
    if (last.size() == entries.size()) return;
    std::size_t at = 0;
    std::erase_if(entries, [&](const event_cell& entry) { return last.at(key_of(entry)) != at++; });
}

}  // namespace foldline::inline v0::sqlite
