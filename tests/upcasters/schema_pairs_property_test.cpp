#include "proto_text.hpp"
#include "schema_pairs.hpp"
#include "support/seed.hpp"
#include "wire_reading.hpp"

#include <foldline/upcasters/message_schema.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace foldline;
using namespace foldline_tests;

namespace {

constexpr int pairs = 400;
constexpr int messages_of_a_pair = 40;
/// A rule that bytes can witness is witnessed by one of so many.
constexpr int messages_until_a_witness = 2000;

/// These keep numbers from being used again: a reader of today misreads nothing, one of tomorrow might.
const std::set<std::string> guarding{"field-removed", "enum-value-removed", "reserved-number-removed"};

/// Protobuf writes a line on stderr for each string that is no UTF-8.
class silence {
public:
    silence() : before_(google::protobuf::SetLogHandler(nullptr)) {}
    silence(const silence&) = delete;
    silence& operator=(const silence&) = delete;
    ~silence() { google::protobuf::SetLogHandler(before_); }

private:
    google::protobuf::LogHandler* before_;
};

std::optional<event_schema> schema_of_model(const file_model& file) {
    try {
        return order_schema(compiled(file.to_text()), file.event_name());
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

struct schema_pair {
    file_model old_file;
    file_model new_file;
    event_schema before;
    event_schema after;
};

/// A file, and one that one or two changes made of it.
schema_pair make_pair(file_maker& maker) {
    while (true) {
        const file_model old_file = maker.make();
        file_model new_file = old_file;
        for (int changes = maker.up_to(1); changes >= 0; --changes) maker.change(new_file);
        auto before = schema_of_model(old_file);
        auto after = schema_of_model(new_file);
        if (before && after) return {old_file, new_file, *before, *after};
    }
}

/// Events that are written with one schema and read with another.
class exchange {
public:
    exchange(const event_schema& before, const event_schema& after) : writer_(before), reader_(after) {}

    understanding once(std::mt19937_64& random) const {
        const message_ptr written = writer_.new_message();
        const message_ptr read = reader_.new_message();
        fill(*written, random);
        return read_as(*written, *read);
    }
    bool is_ever(understanding wanted, std::mt19937_64& random, int messages) const {
        for (int i = 0; i < messages; ++i)
            if (once(random) == wanted) return true;
        return false;
    }

private:
    message_schema writer_;
    message_schema reader_;
};

std::string lines_of(const std::vector<schema_finding>& findings) {
    std::string lines;
    for (const schema_finding& finding : findings) lines += finding.to_string() + "\n";
    return lines;
}

bool guards(const schema_finding& finding) { return guarding.contains(finding.rule); }

bool is_about_reading(const schema_finding& finding) { return finding.weight == gravity::breaking && !guards(finding); }

/// How a field that has this number would stand with another meaning.
field_model other_field(const field_model& lost) {
    field_model other;
    other.name = "taken";
    other.number = lost.number;
    const bool was_many = lost.shape != field_model::form::plain;
    other.type = lost.type == "fixed64" ? "string" : "fixed64";
    if (!was_many) other.shape = field_model::form::repeated;
    return other;
}

/// What the guard of a number is for: with the change that is refused, another field may take the number later without
/// a word, and events of the first schema are misread.
void require_that_reuse_misleads(const schema_pair& pair, const schema_finding& finding, std::mt19937_64& random) {
    const int number = std::stoi(finding.where.substr(finding.where.rfind(' ')));
    const auto& fields = pair.old_file.order.fields;
    const auto lost =
        std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.number == number; });
    REQUIRE(lost != fields.end());
    file_model later = pair.new_file;
    later.order.fields.push_back(other_field(*lost));
    const auto reused = schema_of_model(later);
    REQUIRE(reused);
    CHECK_FALSE(is_breaking(compare(pair.after, *reused, schema_level::wire)));
    CHECK(exchange{pair.before, *reused}.is_ever(understanding::misread, random, messages_until_a_witness));
}

bool is_of_the_event(const schema_finding& finding, const schema_pair& pair) {
    const std::string place = pair.old_file.event_name() + ".f";
    return finding.where.rfind(place, 0) == 0;
}

struct tally {
    int compatible = 0;
    int lossy = 0;
    int refused = 0;
    int guarded = 0;

    /// Had all pairs one verdict, its agreement would prove little.
    [[nodiscard]] bool is_telling() const { return compatible >= 20 && lossy >= 5 && refused >= 20 && guarded >= 5; }
};

/// The verdict that the findings give, and the one that reading gives.
void judge(const exchange& events, const std::vector<schema_finding>& findings, std::mt19937_64& random,
           tally& counted) {
    if (std::any_of(findings.begin(), findings.end(), is_about_reading)) {
        ++counted.refused;
        CHECK(events.is_ever(understanding::misread, random, messages_until_a_witness));
        return;
    }
    const bool may_lose = std::any_of(findings.begin(), findings.end(),
                                      [](const auto& finding) { return finding.weight == gravity::lossy; });
    ++(may_lose ? counted.lossy : counted.compatible);
    auto worst = understanding::same;
    for (int i = 0; i < messages_of_a_pair; ++i) worst = std::max(worst, events.once(random));
    CHECK(worst <= (may_lose ? understanding::cut_off : understanding::same));
    if (may_lose) CHECK(events.is_ever(understanding::cut_off, random, messages_until_a_witness));
}

void judge_backward(const schema_pair& pair, std::mt19937_64& random, tally& counted) {
    const auto findings = compare(pair.before, pair.after, schema_level::wire);
    const std::string told = lines_of(findings);
    CAPTURE(told);
    judge(exchange{pair.before, pair.after}, findings, random, counted);
    for (const schema_finding& finding : findings)
        if (finding.rule == "field-removed" && is_of_the_event(finding, pair)) {
            ++counted.guarded;
            require_that_reuse_misleads(pair, finding, random);
        }
}

/// A value that older programs do not know is read as its number, or as none: what that does to them, bytes do not say.
void judge_forward(const schema_pair& pair, std::mt19937_64& random, tally& counted) {
    const auto findings =
        check(std::vector{pair.before}, pair.after, {compatibility_mode::forward, schema_level::wire, {}});
    const std::string told = lines_of(findings);
    CAPTURE(told);
    const bool has_new_values = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.rule.find("enum-value-added") != std::string::npos;
    });
    if (!has_new_values) judge(exchange{pair.after, pair.before}, findings, random, counted);
}

void judge(const schema_pair& pair, std::mt19937_64& random, tally& backward, tally& forward) {
    const std::string old_text = pair.old_file.to_text();
    const std::string new_text = pair.new_file.to_text();
    CAPTURE(old_text);
    CAPTURE(new_text);
    judge_backward(pair, random, backward);
    judge_forward(pair, random, forward);
}

}  // namespace

TEST_CASE("schema pairs: the verdict of the rules agrees with reading the bytes, backward and forward") {
    const silence no_words;
    const auto seed = seed_of_this_run();
    CAPTURE(seed);
    file_maker maker{seed};
    tally backward;
    tally forward;
    for (int i = 0; i < pairs || (i < 10 * pairs && !backward.is_telling()); ++i) {
        const schema_pair pair = make_pair(maker);
        judge(pair, maker.random(), backward, forward);
    }
    CHECK(backward.is_telling());
    CHECK(forward.refused >= 20);
}
