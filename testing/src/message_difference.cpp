#include <foldline/testing/message_difference.hpp>

#include <foldline/core/protobuf_codec.hpp>

#include <fmt/core.h>
#include <google/protobuf/util/message_differencer.h>

#include <sstream>

namespace foldline::inline v0::testing {

std::string difference_of(const google::protobuf::Message& expected, const google::protobuf::Message& actual) {
    // The differencer stops the process when it is asked to compare two classes.
    if (expected.GetDescriptor() != actual.GetDescriptor())
        return fmt::format("modified: {} -> {}\n", one_line(expected), one_line(actual));
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    return differencer.Compare(expected, actual) ? std::string{} : difference;
}

std::string one_line(const google::protobuf::Message& message) {
    const event_type type = event_type_of(*message.GetDescriptor());
    return fmt::format("{} {{ {} }}", type.version == 0 ? message.GetDescriptor()->full_name() : type.to_string(),
                       message.ShortDebugString());
}

std::string indented(const std::string& text, int columns) {
    std::string result;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) result += fmt::format("{:{}}{}\n", "", columns, line);
    return result;
}

}  // namespace foldline::inline v0::testing
