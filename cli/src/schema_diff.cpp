// `schema diff`: what a change of a schema breaks, rule by rule.

#include "changed_lines.hpp"
#include "object_list.hpp"
#include "opened_store.hpp"
#include "schema_catalog.hpp"
#include "schema_verbs.hpp"
#include "shown_lines.hpp"
#include "shown_payload.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/upcasters/message_schema.hpp>
#include <foldline/upcasters/schema_check.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

struct difference {
    std::string before;  ///< what is compared: "order-placed@1#1"
    std::string after;
    std::vector<schema_finding> findings;
    std::vector<changed_line> lines;  ///< of their `.proto` texts
};

std::string_view explanation_of(std::string_view rule) {
    const auto rules = schema_rules();
    const auto known = std::find_if(rules.begin(), rules.end(), [&](const auto& each) { return each.name == rule; });
    return known == rules.end() ? std::string_view{} : known->explanation;
}

std::string_view word_for(gravity weight) { return weight == gravity::breaking ? "breaking" : "lossy"; }

std::string text_of(const event_schema& schema) { return proto_text(*message_schema{schema}.descriptor().file()); }

difference difference_between(const cataloged_schema& before, const cataloged_schema& after, schema_level level) {
    return {before.label(), after.label(), compare(before.schema, after.schema, level),
            changed_lines(text_of(before.schema), text_of(after.schema))};
}

// -------------------------------------------------------------------------------------------------------- what is compared

struct comparison_result {
    std::vector<difference> differences;
    std::vector<std::string> only_before;  ///< types that the other store does not have
    std::vector<std::string> only_after;

    [[nodiscard]] bool is_breaking() const {
        return std::any_of(differences.begin(), differences.end(),
                           [](const difference& each) { return foldline::is_breaking(each.findings); });
    }
};

comparison_result within(const schema_catalog& catalog, const schema_diff_request& request) {
    return {
        {difference_between(catalog.find(request.which[0]), catalog.find(request.which[1]), request.level)}, {}, {}};
}

std::optional<cataloged_schema> same_type_in(const schema_catalog& other, event_type type) {
    for (const cataloged_type& each : other.types())
        if (each.type == type && !each.revisions.empty())
            return cataloged_schema{each.revisions.back(), each.revisions.size(), each.revisions.size()};
    return std::nullopt;
}

comparison_result between(const schema_catalog& before, const schema_catalog& after,
                          const schema_diff_request& request) {
    comparison_result result;
    for (const cataloged_schema& each : before.find(request.which)) {
        const auto other = request.which.empty()
                               ? same_type_in(after, each.schema.type)
                               : after.find({std::string(each.schema.type.name), each.schema.type.version});
        if (other) result.differences.push_back(difference_between(each, *other, request.level));
        else result.only_before.push_back(each.label());
    }
    if (!request.which.empty()) return result;
    for (const cataloged_schema& each : after.find(request.which))
        if (!same_type_in(before, each.schema.type)) result.only_after.push_back(each.label());
    return result;
}

// --------------------------------------------------------------------------------------------------------------- output

json as_json(const schema_finding& finding) {
    return {{"rule", finding.rule},
            {"level", std::string(word_of(finding.level))},
            {"weight", std::string(word_for(finding.weight))},
            {"where", finding.where},
            {"before", finding.before},
            {"after", finding.after},
            {"explanation", std::string(explanation_of(finding.rule))},
            {"advice", finding.advice}};
}

json as_json(const difference& pair) {
    json object{{"before", pair.before}, {"after", pair.after}, {"breaking", is_breaking(pair.findings)}};
    object["findings"] = json::array();
    for (const schema_finding& each : pair.findings) object["findings"].push_back(as_json(each));
    object["changed_lines"] = json::array();
    for (const changed_line& each : pair.lines) object["changed_lines"].push_back(each.sign + each.text);
    return object;
}

json as_json(const comparison_result& result) {
    json object{{"breaking", result.is_breaking()}, {"differences", json::array()}};
    for (const difference& each : result.differences) object["differences"].push_back(as_json(each));
    object["only_before"] = result.only_before;
    object["only_after"] = result.only_after;
    return object;
}

std::string text_of(const schema_finding& finding) {
    std::string text = fmt::format("\n{} {} ({}): {}\n", word_for(finding.weight), finding.rule, word_of(finding.level),
                                   finding.where);
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) text += fmt::format("  {:<7} {}\n", name, value);
    };
    add("before", finding.before);
    add("after", finding.after);
    add("why", explanation_of(finding.rule));
    add("do", finding.advice);
    return text;
}

std::string verdict_on(const difference& pair) {
    if (is_breaking(pair.findings)) return "breaking";
    if (!pair.findings.empty()) return "compatible, but values may be cut off";
    return pair.lines.empty() ? "the same" : "compatible";
}

std::string text_of(const difference& pair, const std::string& other_store) {
    std::string text = fmt::format("{} -> {}{}: {}\n", pair.before, pair.after,
                                   other_store.empty() ? "" : " of " + other_store, verdict_on(pair));
    for (const schema_finding& each : pair.findings) text += text_of(each);
    if (!pair.lines.empty()) text += "\n";
    for (const changed_line& each : pair.lines) text += fmt::format("  {} {}\n", each.sign, each.text);
    return text;
}

void print_for_people(const comparison_result& result, const schema_diff_request& request, std::FILE* out) {
    std::string text;
    for (const difference& each : result.differences)
        text += (text.empty() ? "" : "\n") + text_of(each, request.other.string());
    for (const std::string& each : result.only_before)
        text += fmt::format("{}: only in {}\n", each, request.store.string());
    for (const std::string& each : result.only_after)
        text += fmt::format("{}: only in {}\n", each, request.other.string());
    print_lines(text, request.display.escape, out);
}

}  // namespace

int run(const schema_diff_request& request, const console& to) {
    const opened_store store{request.store, to.self, shown_as::stored};
    const schema_catalog catalog{store.stored(), request.store.string()};
    std::optional<opened_store> other;
    comparison_result result;
    if (request.other.empty()) {
        result = within(catalog, request);
    } else {
        other.emplace(request.other, to.self, shown_as::stored);
        result = between(catalog, {other->stored(), request.other.string()}, request);
    }
    if (request.display.shape == format::text) print_for_people(result, request, to.out);
    else print_object(as_json(result), request.display, to.out);
    return result.is_breaking() ? exit_code::failed : exit_code::ok;
}

}  // namespace foldline::inline v0::cli
