#pragma once

#include "event_routes.hpp"
#include "projection_line.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace foldline::inline v0 {

/// What several lines that stand at one place do with the events of one batch: each is decoded once, and handed to those
/// that want it.
///
/// confined; lives for one batch.
class shared_batch {
public:
    /// The lines have claims. `routes` has the projections in the order of `projections`.
    shared_batch(const event_store& store, const clock& time, event_routes& routes, std::span<projected> projections,
                 std::span<projection_line* const> lines);
    ~shared_batch();

    /// Receives the events.
    void operator()(const event_view& event);
    void flush();
    /// Commits each file for itself. What it throws is about the lines of the session at hand: `culprits`.
    void commit(global_position position);

    /// Lets go of everything that was not committed.
    void roll_back();

    [[nodiscard]] read_model_session& session_of(const projection_line& line);
    /// Whose fault was what was thrown; empty if it was nobody's in particular.
    [[nodiscard]] const std::vector<projection_line*>& culprits() const { return culprits_; }
    /// The event that they failed at, if it was at one.
    [[nodiscard]] const std::optional<parked_event>& failed_at() const { return failed_at_; }
    [[nodiscard]] timestamp failed_recorded() const { return failed_recorded_; }
    /// Recorded time of the last event that came.
    [[nodiscard]] timestamp recorded() const { return recorded_; }
    /// Remembers where the last event was that a projection was handed, for a batch of one event.
    void remember_place() { remembers_place_ = true; }
    [[nodiscard]] const std::optional<parked_event>& last_place() const { return last_place_; }
    /// Lets `recorded` be this where no event comes.
    void stands_at(timestamp recorded) { recorded_ = recorded; }

private:
    struct part_in_it {
        read_model_session* session = nullptr;  // null: this projection takes no part
        std::vector<projection_line*> lines;
        bool simple = true;  // one line that gets everything, and nothing of it is parked
    };
    struct open_session {
        read_model_store* models;
        std::vector<projection_line*> lines;
        std::unique_ptr<read_model_session> session;
    };

    void hand_over(event_routes::of_type& found, event_routes::route route, const event_view& event);
    void sort_out(projected& into, part_in_it& part, std::size_t wanted, const google::protobuf::Message& message,
                  const event_view& event);
    void settle(const open_session& open, global_position position, std::vector<std::size_t>& settled);
    [[nodiscard]] std::string_view key_of(const projection& target, std::size_t wanted,
                                          const google::protobuf::Message& message, const event_view& event);
    [[nodiscard]] std::string_view stream_key(const event_view& event);
    [[nodiscard]] static projection_line* owner_of(const part_in_it& part, std::string_view key);
    /// False if the event is none of these lines'.
    [[nodiscard]] bool note_failure(const part_in_it& part, const event_routes::of_type& found,
                                    event_routes::route route, const event_view& event);

    const event_store& store_;
    const clock& time_;
    event_routes& routes_;
    std::span<projected> projections_;
    std::vector<part_in_it> parts_;  // by projection
    std::vector<open_session> sessions_;
    std::vector<projection_line*> culprits_;
    std::optional<parked_event> failed_at_;
    timestamp failed_recorded_;
    bool remembers_place_ = false;
    std::optional<parked_event> last_place_;
    timestamp recorded_;
    const google::protobuf::Message* message_ = nullptr;  // of the event at hand, once it was decoded
    projection_line* owner_ = nullptr;                    // of the event at hand
    std::string key_;
    std::unordered_map<const projection_line*, std::uint64_t> newly_parked_;
};

}  // namespace foldline::inline v0
