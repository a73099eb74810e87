#include <foldline/upcasters/schema_rules.hpp>

#include "schema_comparison.hpp"

#include <optional>
#include <set>
#include <utility>

namespace foldline::inline v0 {
namespace {

bool asks_backward(compatibility_mode mode) {
    using enum compatibility_mode;
    return mode == backward || mode == backward_transitive || mode == full || mode == full_transitive;
}

bool asks_forward(compatibility_mode mode) {
    using enum compatibility_mode;
    return mode == forward || mode == forward_transitive || mode == full || mode == full_transitive;
}

bool asks_all(compatibility_mode mode) {
    using enum compatibility_mode;
    return mode == backward_transitive || mode == forward_transitive || mode == full_transitive;
}

bool is_same(const event_schema& one, const event_schema& other) {
    return one.message == other.message && one.descriptor_set == other.descriptor_set;
}

std::vector<schema_finding> findings_of(const both<schema_shape>& schemas, event_type later,
                                        const applied_rules& applied) {
    schema_report report{applied, later};
    schema_comparison{schemas, report}.run();
    return report.take();
}

/// What was found so far, each thing once.
class findings_once {
public:
    void add(std::vector<schema_finding> more) {
        for (schema_finding& finding : more)
            if (known_.insert(finding.rule + " " + finding.where).second) all_.push_back(std::move(finding));
    }
    [[nodiscard]] std::vector<schema_finding> take() { return std::move(all_); }

private:
    std::set<std::string> known_;
    std::vector<schema_finding> all_;
};

}  // namespace

std::vector<schema_finding> compare(const event_schema& writer, const event_schema& reader, schema_level level) {
    if (is_same(writer, reader)) return {};
    const schema_shape written{writer};
    const schema_shape read{reader};
    return findings_of({written, read, true}, reader.type, applied_rules{level, {}});
}

std::vector<schema_finding> check(std::span<const event_schema> stored, const event_schema& candidate,
                                  const compatibility& asked) {
    if (!asks_all(asked.mode) && stored.size() > 1) stored = stored.last(1);
    if (asked.mode == compatibility_mode::none) stored = {};
    const applied_rules applied{asked.level, asked.allowed};
    std::optional<schema_shape> newest;
    findings_once findings;
    for (const event_schema& before : stored) {
        if (is_same(before, candidate)) continue;
        if (!newest) newest.emplace(candidate);
        const schema_shape old{before};
        if (asks_backward(asked.mode)) findings.add(findings_of({old, *newest, true}, candidate.type, applied));
        if (asks_forward(asked.mode)) findings.add(findings_of({*newest, old, false}, candidate.type, applied));
    }
    return findings.take();
}

}  // namespace foldline::inline v0
