#pragma once

#include "bound_condition.hpp"
#include "opened_store.hpp"
#include "requests.hpp"
#include "stored_messages.hpp"

#include <google/protobuf/message.h>

#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace foldline::inline v0::cli {

/// A search whose answer would tell personal data to somebody who has not asked for any.
class veiled_search : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a search asks of the events that its query lets through: their times, their words and their fields.
///
/// confined.
class event_matcher {
public:
    /// `store` and `request` outlive it. Throws, before an event is read, what the schemas of the store tell already:
    /// `unknown_name` for a field that none of them has, `invalid_request` for values that a field cannot have,
    /// `veiled_search`.
    event_matcher(const opened_store& store, const search_request& request);

    [[nodiscard]] bool admits(const event_view& event);

private:
    /// The conditions for the messages of one type.
    struct type_tests {
        bool has_all_fields = true;
        std::vector<bound_condition> tests;
    };

    void look_at_schemas();
    [[nodiscard]] const type_tests& tests_of(const google::protobuf::Descriptor& type);
    [[nodiscard]] type_tests made_for(const google::protobuf::Descriptor& type) const;
    [[nodiscard]] bool is_in_time(const event_view& event) const;
    [[nodiscard]] bool says_so(const event_view& event);
    [[nodiscard]] bool can_say_so(const event_view& event);

    const opened_store& store_;
    const search_request& request_;
    stored_messages messages_;
    std::unordered_map<const google::protobuf::Descriptor*, type_tests> tests_;
};

}  // namespace foldline::inline v0::cli
