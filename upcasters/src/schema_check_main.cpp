#include <foldline/upcasters/schema_check_main.hpp>

#include <foldline/upcasters/schema_check.hpp>
#include <foldline/upcasters/schema_history.hpp>

#include <fmt/core.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {
namespace {

// ----------------------------------------------------------------------------------------------------------- arguments

class wrong_usage : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct arguments {
    std::string verb;
    std::string history;
    std::string descriptors;
    compatibility asked;
    bool is_strict = false;
};

template <class Value>
Value chosen(std::string_view word, std::span<const Value> known) {
    std::string words;
    for (const Value each : known) {
        if (word_of(each) == word) return each;
        words += fmt::format("{}{}", words.empty() ? "" : ", ", word_of(each));
    }
    throw wrong_usage(fmt::format("\"{}\" is none of {}", word, words));
}

class argument_reader {
public:
    argument_reader(int argc, const char* const* argv) : rest_(argv + 1, static_cast<std::size_t>(argc - 1)) {}

    arguments read() {
        arguments found{next("check or accept"), next("a history"), next("descriptors"), {}};
        if (found.verb != "check" && found.verb != "accept") throw wrong_usage(found.verb + " is no verb");
        while (!rest_.empty()) read_option(next("an option"), found);
        require_known_rules(found.asked);
        return found;
    }

private:
    std::string next(std::string_view what) {
        if (rest_.empty()) throw wrong_usage(fmt::format("{} is missing", what));
        std::string value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }

    void read_option(const std::string& name, arguments& into) {
        if (name == "--mode") into.asked.mode = chosen(next("a mode"), every_compatibility_mode());
        else if (name == "--level") into.asked.level = chosen(next("a level"), every_schema_level());
        else if (name == "--allow") into.asked.allowed.push_back(next("a rule"));
        else if (name == "--strict") into.is_strict = true;
        else throw wrong_usage("there is no option " + name);
    }

    std::span<const char* const> rest_;
};

// ------------------------------------------------------------------------------------------------------------- answers

std::string content_of(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) throw definition_error(file + " cannot be read");
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string quoted(const std::string& argument) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+:@=,";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
    std::string text = "'";
    for (const char c : argument) text += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return text + "'";
}

std::set<std::string> breaking_rules(const compatibility_report& report) {
    std::set<std::string> rules;
    for (const schema_problem& each : report.problems)
        if (each.weight == gravity::breaking) rules.insert(each.rule);
    return rules;
}

/// A revision that is recorded in spite of these is never complained of again.
bool ends_with_recording(const std::string& rule) {
    if (rule == "version-skipped") return true;
    for (const schema_rule& each : schema_rules())
        if (each.name == rule) return true;
    return false;
}

class schema_checker {
public:
    schema_checker(const arguments& asked, const std::function<upcaster_chain()>& make_chain, std::FILE* out)
        : asked_(asked),
          out_(out),
          history_(asked.history),
          messages_(events_in(content_of(asked.descriptors), asked.descriptors)) {
        if (make_chain) build_chain(make_chain);
    }

    int run() {
        const compatibility_report report = looked_at();
        for (const std::string& note : report.notes) say("note: " + note);
        if (report.is_breaking()) return refuse(report);
        for (const schema_problem& each : report.problems) say("note: " + each.to_string());
        return asked_.verb == "accept" ? record() : tell_unrecorded();
    }

private:
    void build_chain(const std::function<upcaster_chain()>& make_chain) {
        try {
            chain_ = make_chain();
        } catch (const definition_error& why) {
            refused_ = refused_chain(why);
        }
    }

    [[nodiscard]] compatibility_report looked_at() const {
        compatibility_report report =
            check_schemas(history_.past(), messages_, chain_ ? &*chain_ : nullptr, asked_.asked);
        if (refused_) report.problems.insert(report.problems.begin(), *refused_);
        return report;
    }

    int refuse(const compatibility_report& report) const {
        say(fmt::format("error: these events break with their history in {}:", asked_.history));
        for (const schema_problem& each : report.problems) say("  " + each.to_string());
        const std::set<std::string> rules = breaking_rules(report);
        if (!rules.contains("chain-refused") && !rules.contains("event-of-two-messages")) say_how_to_go_on(rules);
        return 1;
    }

    void say_how_to_go_on(const std::set<std::string>& rules) const {
        std::vector<std::string> lasting;
        for (const std::string& rule : rules)
            if (!ends_with_recording(rule)) lasting.push_back(rule);
        if (lasting.size() < rules.size())
            say("If no such event was ever stored, or it is meant so, record it:\n  " + accept_command());
        if (!lasting.empty())
            say(
                fmt::format("What is meant to stay so is allowed where the history is declared: "
                            "foldline_schema_history(... ALLOW {})",
                            fmt::join(lasting, " ")));
    }

    int tell_unrecorded() const {
        const schema_set unrecorded = history_.unrecorded(messages_);
        std::string types;
        for (const auto& [type, schemas] : unrecorded.by_type())
            types += (types.empty() ? "" : ", ") + type.to_string();
        if (types.empty()) return 0;
        say(fmt::format("{}: not recorded in {}: {}\nBefore a release, record what its events are written by:\n  {}",
                        asked_.is_strict ? "error" : "note", asked_.history, types, accept_command()));
        return asked_.is_strict ? 1 : 0;
    }

    int record() {
        for (const recorded_schema& each : history_.record(messages_))
            say(fmt::format("recorded {}, revision {}: {}", each.type, each.revision, each.file.string()));
        return 0;
    }

    /// As it will succeed: the command knows no chain, and nothing of what was allowed here.
    [[nodiscard]] std::string accept_command() const {
        compatibility strict = asked_.asked;
        strict.allowed.clear();
        std::string text = fmt::format("foldline schema accept {} --descriptors {}", quoted(asked_.history),
                                       quoted(asked_.descriptors));
        if (strict.mode != compatibility{}.mode) text += fmt::format(" --mode {}", word_of(strict.mode));
        if (strict.level != compatibility{}.level) text += fmt::format(" --level {}", word_of(strict.level));
        for (const std::string& rule : breaking_rules(check_schemas(history_.past(), messages_, nullptr, strict)))
            text += " --allow " + rule;
        return text;
    }

    void say(const std::string& line) const { fmt::print(out_, "{}\n", line); }

    const arguments& asked_;
    std::FILE* out_;
    schema_history history_;
    schema_set messages_;
    std::optional<upcaster_chain> chain_;
    std::optional<schema_problem> refused_;
};

}  // namespace

int schema_check_main(int argc, const char* const* argv, const std::function<upcaster_chain()>& chain, std::FILE* out) {
    try {
        const arguments asked = argument_reader{argc, argv}.read();
        return schema_checker{asked, chain, out}.run();
    } catch (const wrong_usage& why) {
        fmt::print(out,
                   "error: {}\nUsage: check|accept HISTORY DESCRIPTORS [--mode MODE] [--level LEVEL] [--allow RULE]... "
                   "[--strict]\n",
                   why.what());
        return 2;
    } catch (const std::exception& why) {
        fmt::print(out, "error: {}\n", why.what());
        return 1;
    }
}

}  // namespace foldline::inline v0
