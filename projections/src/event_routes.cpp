#include "event_routes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/lease_store.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <exception>
#include <new>
#include <optional>

namespace foldline::inline v0 {
namespace {

void require_one_class(event_type type, const google::protobuf::Message& one, const google::protobuf::Message& other) {
    if (one.GetDescriptor() == other.GetDescriptor()) return;
    throw definition_error(fmt::format("two messages are the event {}: {} and {}", type.to_string(),
                                       one.GetDescriptor()->full_name(), other.GetDescriptor()->full_name()));
}

}  // namespace

std::optional<int> find_handler(const projection& target, event_type type) {
    std::optional<int> found;
    int index = 0;
    for (const projected_event& wanted : target.events()) {
        if (wanted.type == type) return index;
        if (wanted.type.name == type.name) found = event_routes::other_version;
        ++index;
    }
    return found;
}

void event_routes::add(const projection& target) {
    targets_.push_back(&target);
    by_type_.clear();
}

event_routes::of_type& event_routes::look_up(event_type_id type) {
    const auto index = static_cast<std::size_t>(type);
    if (index >= by_type_.size()) by_type_.resize(index + 1);
    of_type found;
    found.type = store_.type_of(type);
    for (std::size_t target = 0; target < targets_.size(); ++target) {
        const auto wanted = find_handler(*targets_[target], found.type);
        if (!wanted) continue;
        found.routes.push_back({target, *wanted});
        if (*wanted == other_version) continue;
        const auto make = targets_[target]->events()[static_cast<std::size_t>(*wanted)].new_message;
        message_ptr made = make();
        if (found.reused) require_one_class(found.type, *found.reused, *made);
        else found = {found.type, std::move(found.routes), std::move(made), make, false};
    }
    found.known = true;
    by_type_[index] = std::move(found);
    return by_type_[index];
}

void throw_as_failure_of(const projection& target, event_type type, const event_view& event) {
    const auto failed = [&](std::string_view why) {
        return event_failure(type, event.stream, event.version, event.position,
                             fmt::format("projection {}: {}", target.name(), why));
    };
    try {
        throw;
    } catch (const event_failure&) {
        throw;
    } catch (const unavailable&) {
        throw;
    } catch (const claim_lost&) {
        throw;
    } catch (const definition_error&) {
        throw;
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

void throw_other_version(const projection& target, event_type type, const event_view& event) {
    throw event_failure(
        type, event.stream, event.version, event.position,
        fmt::format("projection {} handles this event in another version only; read the store through an upcaster "
                    "that makes the one of the other, or handle both",
                    target.name()));
}

}  // namespace foldline::inline v0
