#include "shared_batch.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace foldline::inline v0 {
namespace {

parked_event place_of(const projection& target, std::string key, event_type type, const event_view& event) {
    parked_event place;
    place.projection = target.name();
    place.order_key = std::move(key);
    place.position = event.position;
    place.stream = event.stream.to_string();
    place.version = event.version;
    place.type = type.to_string();
    return place;
}

}  // namespace

shared_batch::shared_batch(const event_store& store, const clock& time, event_routes& routes,
                           std::span<projected> projections, std::span<projection_line* const> lines)
    : store_(store), time_(time), routes_(routes), projections_(projections), parts_(projections.size()) {
    for (projection_line* line : lines) {
        read_model_store* models = &projections_[line->of].models;
        auto open = std::find_if(sessions_.begin(), sessions_.end(),
                                 [&](const open_session& each) { return each.models == models; });
        if (open == sessions_.end()) open = sessions_.insert(sessions_.end(), open_session{models, {}, nullptr});
        open->lines.push_back(line);
    }
    for (open_session& open : sessions_) {
        culprits_ = open.lines;
        std::vector<partition_claim> claims;
        for (const projection_line* line : open.lines) claims.push_back(*line->claim);
        open.session = open.models->begin(claims);
        for (projection_line* line : open.lines) {
            part_in_it& part = parts_[line->of];
            part.session = open.session.get();
            part.lines.push_back(line);
            part.simple = part.lines.size() == 1 && line->part.is_whole() && line->parked_keys.empty();
        }
    }
    culprits_.clear();
}

shared_batch::~shared_batch() = default;

void shared_batch::operator()(const event_view& event) {
    recorded_ = event.recorded_at;
    event_routes::of_type& found = routes_.of(event.type);
    message_ = nullptr;
    for (const event_routes::route route : found.routes)
        if (parts_[route.target].session) hand_over(found, route, event);
}

void shared_batch::hand_over(event_routes::of_type& found, event_routes::route route, const event_view& event) {
    projected& into = projections_[route.target];
    part_in_it& part = parts_[route.target];
    try {
        if (route.wanted == event_routes::other_version) throw_other_version(into.target, found.type, event);
        if (!part.simple && !into.target.has_order_key() && !owner_of(part, stream_key(event))) return;
        if (!message_) message_ = &decode(event, *found.reused, found.type);
        const auto wanted = static_cast<std::size_t>(route.wanted);
        if (remembers_place_) {
            std::string key{key_of(into.target, wanted, *message_, event)};
            last_place_ = place_of(into.target, std::move(key), found.type, event);
        }
        if (part.simple) into.target.apply(wanted, *message_, event, *part.session);
        else sort_out(into, part, wanted, *message_, event);
    } catch (...) {
        if (note_failure(part, found, route, event)) throw_as_failure_of(into.target, found.type, event);
    }
}

void shared_batch::sort_out(projected& into, part_in_it& part, std::size_t wanted,
                            const google::protobuf::Message& message, const event_view& event) {
    const std::string_view key = key_of(into.target, wanted, message, event);
    owner_ = owner_of(part, key);
    if (!owner_) return;
    if (!owner_->parked_keys.contains(key)) {
        into.target.apply(wanted, message, event, *part.session);
        return;
    }
    parked_event behind = place_of(into.target, std::string(key), store_.type_of(event.type), event);
    behind.why = parked_event::reason::behind;
    behind.first_failed = behind.last_failed = time_.now();
    part.session->park(behind, into.policy.most_parked);
    ++newly_parked_[owner_];
}

std::string_view shared_batch::key_of(const projection& target, std::size_t wanted,
                                      const google::protobuf::Message& message, const event_view& event) {
    if (target.has_order_key()) {
        key_ = target.order_key(wanted, message, event);
        return key_;
    }
    return stream_key(event);
}

std::string_view shared_batch::stream_key(const event_view& event) {
    key_.assign(event.stream.category);
    key_ += '-';
    key_ += event.stream.id;
    return key_;
}

projection_line* shared_batch::owner_of(const part_in_it& part, std::string_view key) {
    if (part.lines.size() == 1 && part.lines.front()->part.is_whole()) return part.lines.front();
    const std::uint64_t hash = order_hash(key);
    const auto owner = std::find_if(part.lines.begin(), part.lines.end(),
                                    [&](const projection_line* line) { return line->part.owns(hash); });
    return owner == part.lines.end() ? nullptr : *owner;
}

bool shared_batch::note_failure(const part_in_it& part, const event_routes::of_type& found, event_routes::route route,
                                const event_view& event) {
    const projection& target = projections_[route.target].target;
    std::string key = event.stream.to_string();
    if (message_ && route.wanted != event_routes::other_version && target.has_order_key()) {
        try {
            key = target.order_key(static_cast<std::size_t>(route.wanted), *message_, event);
        } catch (...) {
            // What cannot say its key is kept in order by its stream.
        }
    }
    projection_line* owner = owner_of(part, key);
    if (!owner) return false;  // it is in somebody else's partition, and fails there
    culprits_ = {owner};
    failed_at_ = place_of(target, std::move(key), found.type, event);
    failed_recorded_ = event.recorded_at;
    return true;
}

void shared_batch::flush() {
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        if (!parts_[index].session) continue;
        culprits_ = parts_[index].lines;
        projections_[index].target.flush(*parts_[index].session);
    }
    culprits_.clear();
}

void shared_batch::commit(global_position position) {
    std::vector<std::size_t> settled;
    std::exception_ptr failure;
    try {
        for (open_session& open : sessions_) {
            culprits_ = open.lines;
            open.session->commit(position, recorded_);
            settle(open, position, settled);
        }
        culprits_.clear();
    } catch (...) {
        failure = std::current_exception();
        roll_back();
    }
    // Told when no session is open any more: one that was committed may write to a file that another session had.
    for (const std::size_t index : settled) projections_[index].target.committed(position);
    if (failure) std::rethrow_exception(failure);
}

void shared_batch::settle(const open_session& open, global_position position, std::vector<std::size_t>& settled) {
    for (projection_line* line : open.lines) {
        line->position = position;
        line->reached = recorded_;
        line->claim->position = position;
        if (const auto more = newly_parked_.find(line); more != newly_parked_.end()) line->parked += more->second;
    }
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        if (parts_[index].session != open.session.get()) continue;
        parts_[index].session = nullptr;
        settled.push_back(index);
    }
}

void shared_batch::roll_back() {
    for (open_session& open : sessions_) open.session.reset();
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        if (!std::exchange(parts_[index].session, nullptr)) continue;
        projections_[index].target.rolled_back();
        // The claims are as good as they were, as far as anybody knows.
        for (const projection_line* line : parts_[index].lines) projections_[index].target.entrusted(line->part);
    }
}

read_model_session& shared_batch::session_of(const projection_line& line) { return *parts_[line.of].session; }

}  // namespace foldline::inline v0
