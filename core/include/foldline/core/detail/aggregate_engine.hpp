#pragma once

#include <foldline/core/as_of.hpp>
#include <foldline/core/codec.hpp>
#include <foldline/core/command.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/function_ref.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace foldline::inline v0::detail {

/// How one type of event is folded into a state whose type the caller knows.
struct fold_rule {
    event_type type;
    message_ptr (*new_message)();
    void (*fold)(void* state, const google::protobuf::Message& event);
};

/// What deciding gave, without the domain's types: the events to store, or nothing to do with a reason that stays with
/// the caller.
struct decided {
    const std::vector<message_ptr>* events = nullptr;  ///< null: rejected
};

/// The part of a repository that does not depend on the aggregate's types, compiled once.
///
/// Threads: shared.
class aggregate_engine {
public:
    /// Throws `definition_error` if two rules name the same type, or the category is none.
    aggregate_engine(event_store& store, std::string_view category, std::vector<fold_rule> rules);

    [[nodiscard]] stream_id stream(std::string_view id) const;

    /// Folds into `state` what comes after `progress` and belongs to `when`. Throws `event_failure` for an event that no
    /// rule names.
    void fold(const stream_id& stream, void* state, fold_progress& progress, const as_of& when) const;

    /// Monostate: the domain said no.
    using handled = std::variant<accepted, std::monostate, conflicted, id_reused>;
    /// Decides and appends; after a conflict folds what is new and decides again. Leaves `state` and `progress` at the
    /// stream's end, with the events that were stored folded in.
    handled handle(const stream_id& stream, void* state, fold_progress& progress, const command_context& context,
                   int attempts, function_ref<decided()> decide) const;

    /// What `context.id` was answered with before.
    [[nodiscard]] std::optional<std::variant<accepted, id_reused>> earlier_answer(const stream_id& stream,
                                                                                  const command_context& context) const;

    [[nodiscard]] event_store& store() const { return store_; }

private:
    class folder;
    [[nodiscard]] append_request request_for(const stream_id& stream, stream_version at,
                                             const std::vector<message_ptr>& events,
                                             const command_context& context) const;
    void fold_own(void* state, fold_progress& progress, const std::vector<message_ptr>& events, const appended& done,
                  const command_context& context) const;

    event_store& store_;
    std::string_view category_;
    std::vector<fold_rule> rules_;
    std::vector<const fold_rule*> rule_of_type_;  // by event_type_id
};

}  // namespace foldline::inline v0::detail
