#include "message_differences.hpp"

#include "personal_fields.hpp"

#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using differencer = pb::util::MessageDifferencer;
using field_path = std::vector<differencer::SpecificField>;

std::string written(const field_path& path) {
    std::string text;
    for (const auto& step : path) {
        if (!text.empty()) text += '.';
        text += step.field ? step.field->name() : fmt::format("(field {})", step.unknown_field_number);
        const int index = std::max(step.index, step.new_index);
        if (step.field && step.field->is_repeated() && index >= 0) text += fmt::format("[{}]", index);
    }
    return text;
}

/// What a schema does not know may be personal.
bool may_be_personal(const field_path& path) {
    for (const auto& step : path)
        if (!step.field || is_personal(*step.field)) return true;
    const pb::Descriptor* value = path.back().field->message_type();
    return value && may_hold_personal_data(*value);
}

std::string value_at(const pb::Message& message, const differencer::SpecificField& step, int index) {
    if (!step.field) return "(bytes)";
    std::string text;
    pb::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    printer.PrintFieldValueToString(message, step.field, step.field->is_repeated() ? index : -1, &text);
    return text;
}

class collector final : public differencer::Reporter {
public:
    explicit collector(personal_data personal) : personal_(personal) {}

    std::vector<field_difference> found;

    void ReportAdded(const pb::Message&, const pb::Message& second, const field_path& path) override {
        add(path, {}, value_at(second, path.back(), path.back().new_index));
    }
    void ReportDeleted(const pb::Message& first, const pb::Message&, const field_path& path) override {
        add(path, value_at(first, path.back(), path.back().index), {});
    }
    void ReportModified(const pb::Message& first, const pb::Message& second, const field_path& path) override {
        add(path, value_at(first, path.back(), path.back().index),
            value_at(second, path.back(), path.back().new_index));
    }

private:
    void add(const field_path& path, std::string first, std::string second) {
        if (personal_ == personal_data::masked && may_be_personal(path)) {
            if (!first.empty()) first = "***";
            if (!second.empty()) second = "***";
        }
        found.push_back({written(path), std::move(first), std::move(second)});
    }

    personal_data personal_;
};

}  // namespace

std::vector<field_difference> differences_of(const pb::Message& first, const pb::Message& second,
                                             personal_data personal) {
    collector all{personal};
    pb::util::DefaultFieldComparator exactly;
    exactly.set_treat_nan_as_equal(true);
    differencer compare;
    compare.set_field_comparator(&exactly);
    compare.ReportDifferencesTo(&all);
    (void)compare.Compare(first, second);
    return all.found;
}

}  // namespace foldline::inline v0::cli
