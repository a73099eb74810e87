#include <foldline/testing/decider_spec.hpp>

#include <foldline/core/protobuf_codec.hpp>
#include <foldline/testing/message_difference.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>

namespace foldline::inline v0::testing {
namespace {

std::string counted(std::size_t events) { return fmt::format("{} event{}", events, events == 1 ? "" : "s"); }

std::string listing(const std::vector<message_ptr>& events) {
    std::string text;
    for (std::size_t i = 0; i < events.size(); ++i)
        text += fmt::format("  event {}: {}\n", i + 1, one_line(*events[i]));
    return text;
}

/// What came, in words: "was rejected with unpaid", "made no event", "made 2 events: …".
std::string outcome(const seen_decision& seen) {
    if (seen.is_rejected) return fmt::format("the command was rejected with {}\n", seen.rejection);
    if (seen.events.empty()) return "no event came\n";
    return fmt::format("{} came:\n{}", counted(seen.events.size()), listing(seen.events));
}

[[noreturn]] void fail(const seen_decision& seen, std::string_view expected) {
    throw spec_failure(fmt::format("{}: expected {}, but {}", seen.where, expected, outcome(seen)));
}

std::string difference_at(std::size_t index, const google::protobuf::Message* expected,
                          const google::protobuf::Message* came) {
    if (!came) return fmt::format("  event {}: expected {}, but none came\n", index + 1, one_line(*expected));
    if (!expected) return fmt::format("  event {}: none expected, but {} came\n", index + 1, one_line(*came));
    if (expected->GetDescriptor() != came->GetDescriptor())
        return fmt::format("  event {}: expected {}, but {} came\n", index + 1, one_line(*expected), one_line(*came));
    const std::string difference = difference_of(*expected, *came);
    if (difference.empty()) return {};
    return fmt::format("  event {}, {}:\n{}", index + 1, event_type_of(*came->GetDescriptor()).to_string(),
                       indented(difference, 4));
}

}  // namespace

void require_events(const seen_decision& seen, std::initializer_list<const google::protobuf::Message*> expected) {
    if (seen.is_rejected) fail(seen, counted(expected.size()));
    std::string differences;
    for (std::size_t i = 0; i < std::max(expected.size(), seen.events.size()); ++i)
        differences += difference_at(i, i < expected.size() ? expected.begin()[i] : nullptr,
                                     i < seen.events.size() ? seen.events[i].get() : nullptr);
    if (differences.empty()) return;
    throw spec_failure(fmt::format("{}: expected {}, came {} (expected -> came):\n{}", seen.where,
                                   counted(expected.size()), seen.events.size(), differences));
}

void require_nothing(const seen_decision& seen) {
    if (seen.is_rejected || !seen.events.empty()) fail(seen, "nothing to happen");
}

void require_rejection(const seen_decision& seen, bool is_expected_one, std::string_view expected) {
    if (!is_expected_one) fail(seen, fmt::format("the command to be rejected with {}", expected));
}

void fail_state(const std::string& where) { throw spec_failure(where + ": the state is not as expected"); }

std::string place(const char* file, int line) { return fmt::format("{}:{}", file, line); }

void fold_one(const std::vector<foldline::detail::fold_rule>& rules, void* state,
              const google::protobuf::Message& event) {
    const event_type type = schema_of(event).type;
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& each) { return each.type == type; });
    const message_ptr copy = rule->new_message();
    copy->CopyFrom(event);
    rule->fold(state, *copy);
}

std::vector<message_ptr> checked_copies(const std::vector<message_ptr>& events) {
    std::vector<message_ptr> copies;
    copies.reserve(events.size());
    for (const message_ptr& event : events) {
        require_readable_back(*event);
        copies.emplace_back(event->New())->CopyFrom(*event);
    }
    return copies;
}

}  // namespace foldline::inline v0::testing
