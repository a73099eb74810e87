#include <foldline/upcasters/schema_check.hpp>

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace foldline::inline v0 {
namespace {

constexpr std::array rules{
    schema_rule{"event-of-two-messages", schema_level::wire, gravity::breaking,
                "two messages bear one event name and version"},
    schema_rule{"event-removed", schema_level::wire, gravity::breaking,
                "an event that was released has neither a message any more nor an upcaster from it"},
    schema_rule{"version-lowered", schema_level::wire, gravity::breaking,
                "the program's newest version of an event is older than one that was released"},
    schema_rule{"version-skipped", schema_level::wire, gravity::breaking,
                "a new version of an event is not the one that follows"},
    schema_rule{"version-without-path", schema_level::wire, gravity::breaking,
                "no upcaster starts from an old version"},
    schema_rule{"path-ends-elsewhere", schema_level::wire, gravity::breaking,
                "the upcasters from an old version lead to something that is not current"},
    schema_rule{"chain-refused", schema_level::wire, gravity::breaking, "the upcasters are ambiguous or cyclic"},
};

bool is_same(const schema_finding& a, const schema_finding& b) {
    return a.rule == b.rule && a.where == b.where && a.before == b.before && a.after == b.after;
}

class past_check {
public:
    past_check(const schema_past& past, const schema_set& program, const std::set<event_type>& current,
               const upcaster_chain* chain, const compatibility& asked)
        : past_(past), program_(program), current_(current), chain_(chain), asked_(asked) {}

    compatibility_report run() && {
        for (const event_type type : every_type()) {
            const auto messages = program_.of(type);
            if (messages.size() > 1) file_twins(type, messages);
            else if (!messages.empty()) compare_with_past(type, messages.front());
            if (!messages.empty()) find_gap(type);
            find_path(type);
        }
        return std::move(report_);
    }

private:
    [[nodiscard]] std::set<event_type> every_type() const {
        std::set<event_type> types;
        for (const auto& [type, schemas] : past_.schemas.by_type()) types.insert(type);
        for (const auto& [type, schemas] : program_.by_type()) types.insert(type);
        return types;
    }

    void file_twins(event_type type, std::span<const event_schema> messages) {
        std::vector<std::string_view> names;
        for (const event_schema& each : messages) names.emplace_back(each.message);
        problem("event-of-two-messages", type, "{} are all this event; give each a name or version of its own",
                fmt::join(names, " and "));
    }

    void compare_with_past(event_type type, const event_schema& message) {
        const auto released = past_.schemas.of(type);
        if (released.empty()) return;
        std::vector<schema_finding> findings = check(released, message, asked_);
        if (findings.empty()) return;
        if (past_.kind == past_kind::every_release) leave_out_accepted(released, findings);
        for (const schema_finding& each : findings)
            report_.problems.push_back({type.to_string(), each.rule, each.to_string(), each.weight});
    }

    /// Whoever recorded the last revision in spite of its findings has answered for them.
    void leave_out_accepted(std::span<const event_schema> released, std::vector<schema_finding>& findings) const {
        const std::vector<schema_finding> accepted = check(released, released.back(), asked_);
        std::erase_if(findings, [&](const schema_finding& finding) {
            return std::any_of(accepted.begin(), accepted.end(),
                               [&](const schema_finding& each) { return is_same(each, finding); });
        });
    }

    /// A store may have missed a release; a history has them all.
    void find_gap(event_type type) {
        const std::uint32_t released = past_.schemas.newest_version(type.name);
        if (past_.kind != past_kind::every_release || released == 0 || type.version <= released + 1) return;
        if (!program_.of({type.name, type.version - 1}).empty()) return;
        problem("version-skipped", type, "the newest released version is {}; number the new one {}", released,
                released + 1);
    }

    void find_path(event_type type) {
        if (chain_ && chain_->step_from(type)) check_ends(type);
        else if (!current_.contains(type)) file_unreachable(type);
    }

    void check_ends(event_type type) {
        for (const event_type end : chain_->ends_of(type))
            if (!current_.contains(end))
                problem("path-ends-elsewhere", type,
                        "its upcasters lead to {}, which is not current; add an upcaster from there", end.to_string());
    }

    void file_unreachable(event_type type) {
        const std::uint32_t newest = newest_known(type.name);
        if (newest == 0) file_removed(type);
        else if (type.version > newest)
            problem("version-lowered", type,
                    "it was written, and version {} is the newest that the program knows; bring its message back",
                    newest);
        else if (chain_)
            problem("version-without-path", type, "no upcaster starts from it; add one that leads to what is current");
        else note(type, "whether an upcaster leads from it to version {} was not looked at", newest);
    }

    /// An event that the chain turns into one of another name is known by its old name too.
    [[nodiscard]] std::uint32_t newest_known(std::string_view name) const {
        std::uint32_t newest = program_.newest_version(name);
        if (!chain_) return newest;
        for (const auto& [from, step] : chain_->steps())
            if (from.name == name) newest = std::max(newest, from.version);
        return newest;
    }

    /// Other programs may write to the same store, and know more events.
    void file_removed(event_type type) {
        if (past_.kind == past_kind::one_store) note(type, "it is stored, and the program has no message of that name");
        else
            problem("event-removed", type,
                    "events of it are stored, and the program has neither a message nor an upcaster for them; bring "
                    "the message back, with `option (foldline.retired) = true` if no new ones are written");
    }

    template <class... Args>
    void problem(std::string_view rule, event_type type, fmt::format_string<Args...> text, Args&&... args) {
        if (std::find(asked_.allowed.begin(), asked_.allowed.end(), rule) != asked_.allowed.end()) return;
        report_.problems.push_back({type.to_string(), std::string{rule},
                                    fmt::format("{}: {}", rule, fmt::format(text, std::forward<Args>(args)...))});
    }

    template <class... Args>
    void note(event_type type, fmt::format_string<Args...> text, Args&&... args) {
        report_.notes.push_back(type.to_string() + ": " + fmt::format(text, std::forward<Args>(args)...));
    }

    const schema_past& past_;
    const schema_set& program_;
    const std::set<event_type>& current_;
    const upcaster_chain* chain_;
    const compatibility& asked_;
    compatibility_report report_;
};

bool is_rule(const std::string& name) {
    const auto has_name = [&](const schema_rule& rule) { return rule.name == name; };
    return std::any_of(rules.begin(), rules.end(), has_name) ||
           std::any_of(schema_rules().begin(), schema_rules().end(), has_name);
}

}  // namespace

bool compatibility_report::is_breaking() const {
    return std::any_of(problems.begin(), problems.end(),
                       [](const schema_problem& each) { return each.weight == gravity::breaking; });
}

std::string compatibility_report::to_string() const {
    std::string text;
    for (const schema_problem& each : problems) text += each.to_string() + '\n';
    for (const std::string& each : notes) text += each + '\n';
    return text;
}

std::span<const schema_rule> past_rules() { return rules; }

void require_known_rules(const compatibility& asked) {
    for (const std::string& name : asked.allowed) {
        if (is_rule(name)) continue;
        std::vector<std::string_view> known;
        for (const schema_rule& rule : schema_rules()) known.push_back(rule.name);
        for (const schema_rule& rule : rules) known.push_back(rule.name);
        throw definition_error(
            fmt::format("there is no rule \"{}\" to be allowed; there are {}", name, fmt::join(known, ", ")));
    }
}

compatibility_report check_schemas(const schema_past& past, const schema_set& messages, const upcaster_chain* chain,
                                   const compatibility& asked) {
    std::set<event_type> newest;
    for (const auto& [type, schemas] : messages.by_type())
        if (type.version == messages.newest_version(type.name)) newest.insert(type);
    return past_check{past, messages, newest, chain, asked}.run();
}

compatibility_report check_schemas(const schema_past& past, const event_catalog& handled, const upcaster_chain* chain,
                                   const compatibility& asked) {
    schema_set messages;
    std::set<event_type> current;
    for (const auto& [type, schema] : handled.schemas()) {
        messages.add(*schema);
        current.insert(type);
    }
    return past_check{past, messages, current, chain, asked}.run();
}

schema_problem refused_chain(const definition_error& why) {
    return {"upcasters", "chain-refused", std::string{"chain-refused: "} + why.what()};
}

void require_compatible_schemas(const event_store& store, const event_catalog& handled, const upcaster_chain& chain,
                                const compatibility& asked) {
    const compatibility_report report = check_schemas(past_of(store), handled, &chain, asked);
    std::vector<std::string> lines;
    for (const schema_problem& each : report.problems)
        if (each.weight == gravity::breaking) lines.push_back(each.to_string());
    if (!lines.empty())
        throw definition_error(fmt::format("the program's events do not go together with those that are stored:\n  {}",
                                           fmt::join(lines, "\n  ")));
}

}  // namespace foldline::inline v0
