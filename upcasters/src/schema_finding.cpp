#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0 {
namespace {

std::string change_of(const schema_finding& finding) {
    if (finding.before.empty() && finding.after.empty()) return "";
    if (finding.before.empty()) return fmt::format(": new is \"{}\"", finding.after);
    if (finding.after.empty()) return fmt::format(": \"{}\" is gone", finding.before);
    return fmt::format(": \"{}\" became \"{}\"", finding.before, finding.after);
}

}  // namespace

std::string schema_finding::to_string() const {
    return fmt::format("{}{}: {}{}; {}", rule, weight == gravity::lossy ? " (lossy)" : "", where, change_of(*this),
                       advice);
}

bool is_breaking(std::span<const schema_finding> findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](const schema_finding& finding) { return finding.weight == gravity::breaking; });
}

void require_compatible(std::span<const event_schema> stored, const event_schema& candidate,
                        const compatibility& asked) {
    const auto findings = check(stored, candidate, asked);
    if (!is_breaking(findings)) return;
    std::string lines = fmt::format("{} cannot stand beside the events that are stored under its name and version:",
                                    candidate.type.to_string());
    for (const schema_finding& finding : findings)
        if (finding.weight == gravity::breaking) lines += "\n  " + finding.to_string();
    throw incompatible_schema(lines);
}

}  // namespace foldline::inline v0
