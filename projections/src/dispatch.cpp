#include <foldline/projections/dispatch.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <exception>
#include <new>

namespace foldline::inline v0 {
namespace {

constexpr int not_looked_up = -1;
constexpr int not_wanted = -2;
constexpr int other_version = -3;

}  // namespace

projection_dispatch::projection_dispatch(const event_store& store, projection& target)
    : store_(store), target_(target) {
    for (const projected_event& wanted : target_.events()) reused_.push_back(wanted.new_message());
}

void projection_dispatch::apply(const event_view& event, sql_session& rows) {
    const int rule = rule_for(event.type);
    if (rule == not_wanted) return;
    if (rule == other_version)
        throw event_failure(
            store_.type_of(event.type), event.stream, event.version, event.position,
            fmt::format("projection {} handles this event in another version only; read the store through an upcaster "
                        "that makes the one of the other, or handle both",
                        target_.name()));
    hand_over(static_cast<std::size_t>(rule), event, rows);
}

int projection_dispatch::rule_for(event_type_id type) {
    // Filled as types turn up: a type may get its number after this object was made.
    const auto index = static_cast<std::size_t>(type);
    if (index >= rules_.size()) rules_.resize(index + 1, not_looked_up);
    if (rules_[index] == not_looked_up) rules_[index] = find_rule(store_.type_of(type));
    return rules_[index];
}

int projection_dispatch::find_rule(event_type type) const {
    int rule = not_wanted;
    int index = 0;
    for (const projected_event& wanted : target_.events()) {
        if (wanted.type == type) return index;
        if (wanted.type.name == type.name) rule = other_version;
        ++index;
    }
    return rule;
}

void projection_dispatch::hand_over(std::size_t wanted, const event_view& event, sql_session& rows) {
    const event_type type = target_.events()[wanted].type;
    const auto failed = [&](std::string_view why) {
        return event_failure(type, event.stream, event.version, event.position,
                             fmt::format("projection {}: {}", target_.name(), why));
    };
    const google::protobuf::Message& message = decode(event, *reused_[wanted], type);
    try {
        target_.apply(wanted, message, event, rows);
    } catch (const sql_error& refused) {
        throw failed(refused.what());
    } catch (const storage_error&) {
        throw;
    } catch (const corrupt_data&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& thrown) {
        throw failed(thrown.what());
    } catch (...) {
        throw failed("its handler threw something that is no std::exception");
    }
}

}  // namespace foldline::inline v0
