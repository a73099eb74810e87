#pragma once

#include "scalar_value.hpp"

#include <foldline/upcasters/declared_upcaster.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <deque>
#include <string>
#include <vector>

namespace foldline::inline v0::detail {

/// The fields that a path names.
struct field_path {
    std::vector<const google::protobuf::FieldDescriptor*> outer;  ///< the messages on the way, as far as it leads
    const google::protobuf::FieldDescriptor* end = nullptr;       ///< null where it leads nowhere
    std::string refusal;                                          ///< why it does
};

struct level_plan;

/// How what one field holds becomes what another one does.
struct carry_plan {
    enum class way { refuse, copy, multiply, convert, remake };

    const google::protobuf::FieldDescriptor* from = nullptr;
    const google::protobuf::FieldDescriptor* to = nullptr;
    way how = way::refuse;
    multiplied_by scale{};
    scalar_copy copy_if_set = nullptr;  ///< of `copy`, where it does the whole
    bool is_free = false;               ///< the new field has no rivals in a oneof
    bool is_zero_if_absent = false;     ///< the old field, and only then
    const level_plan* below = nullptr;  ///< of `remake`
    std::string refusal{};              ///< of `refuse`
};

struct move_plan {
    field_path from;
    field_path to;
    carry_plan carry;  ///< only where both lead somewhere
    [[nodiscard]] bool is_direct() const { return carry.from && from.outer.empty() && to.outer.empty(); }
};

struct fill_plan {
    field_path path;
    scalar_value value{};
    std::string refusal{};  ///< why there is no such value; empty if there is
};

/// What becomes of a message of one schema in one of another.
struct level_plan {
    bool is_copy = false;  ///< and nothing else holds
    bool may_hold_extensions = false;
    std::vector<carry_plan> by_name;  ///< by the numbers of the old fields, without those that a rule takes
    std::vector<move_plan> moves;
};

/// What a declared upcaster does between two schemas, with every name looked up. A rule that does not suit them is kept
/// as a refusal, for the first event that meets it.
///
/// Threads: shared. The classes of both messages outlive it; it names nothing of the upcaster or of the messages.
class upcast_plan {
public:
    upcast_plan(const declared_upcaster& rules, const reflected_old& old, const reflected_made& made);
    upcast_plan(const upcast_plan&) = delete;
    upcast_plan& operator=(const upcast_plan&) = delete;
    ~upcast_plan() = default;

    [[nodiscard]] bool suits(const reflected_old& old, const reflected_made& made) const {
        return &old.reflection == &old_ && &made.reflection == &made_;
    }

    /// As `declared_upcaster::apply`, for messages that it suits.
    void run(const reflected_old& old, const reflected_made& made) const;

private:
    const google::protobuf::Reflection& old_;
    const google::protobuf::Reflection& made_;
    std::deque<level_plan> levels_;  // they point at each other; the first is that of the events
    std::vector<fill_plan> fills_;
};

}  // namespace foldline::inline v0::detail
