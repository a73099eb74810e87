// One bit of a closed store is flipped, at one byte of the file after the other, and everything is read. No read may hand
// out an event that was never stored, or one twice; what can no longer be read right is told with an error of foldline's
// own. What a damaged index hides (the last events of a stream, a whole stream, an event of a category, the record of an
// append) is silently missing: only a look over the whole file can tell. The test counts how often.

#include "attack_line.hpp"
#include "planted_bug.hpp"
#include "sqlite/raw_sqlite.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// What one question to a store was answered with: a line for each event or value, or an error.
struct answer {
    std::vector<std::string> lines;
    std::string error;
};

std::string line_of(const event_store& store, const event_view& event) {
    return fmt::format("{} {} {} {} {} {} {} {} {}", event.stream.to_string(), event.version.value,
                       event.position.value, store.type_of(event.type).to_string(), event.id.to_string(),
                       event.recorded_at.time_since_epoch().count(), event.occurred_at.time_since_epoch().count(),
                       event.metadata, event.payload);
}

/// Every event as it stands in the file, compared with nothing: what a store without checksums would hand out.
std::vector<std::string> unchecked_lines(const std::filesystem::path& file) {
    std::string text;
    try {
        text = raw_sqlite{file}.text(
            "select group_concat(line, char(10)) from (select position || ' ' || stream || ' ' "
            "|| version || ' ' || hex(payload) as line from log_events order by position)");
    } catch (const std::runtime_error& failed) {
        throw corrupt_data(failed.what());
    }
    std::vector<std::string> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

enum class checksums { compared, ignored };

/// A store of 24 events in pages of 512 bytes, so that it has pages of every kind and is still small.
class victim {
public:
    victim() {
        raw_sqlite{path()}.execute("pragma page_size = 512; vacuum");
        sqlite::database file{path()};
        sqlite::sqlite_event_store store{file, clock_, ids_};
        for (int number = 0; number < 12; ++number) {
            clock_.advance(std::chrono::seconds{1});
            (void)store.append(request(number));
        }
    }

    [[nodiscard]] std::filesystem::path path() const { return folder_ / "store.db"; }
    [[nodiscard]] std::string content() const {
        std::ifstream in{path(), std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
    }
    void write(std::size_t at, char byte) const {
        std::fstream out{path(), std::ios::binary | std::ios::in | std::ios::out};
        out.seekp(static_cast<std::streamoff>(at));
        out.put(byte);
        out.close();
        for (const char* beside : {"store.db-wal", "store.db-shm"}) std::filesystem::remove(folder_ / beside);
    }

    /// Everything that can be asked of the store, by question. Opening it is one of the questions.
    [[nodiscard]] std::map<std::string, answer> ask_everything(checksums are) {
        std::map<std::string, answer> answers;
        const auto ask = [&](const std::string& question, const std::function<void(std::vector<std::string>&)>& put) {
            try {
                put(answers[question].lines);
            } catch (const error& failed) {
                answers[question].error = failed.what();
            }
        };
        ask("open", [&](auto&) {
            const sqlite::database file{path(), {.mode = sqlite::open_mode::read_only}};
            // The store asks for the file for as long as it is there, but never writes.
            sqlite::sqlite_event_store store{const_cast<sqlite::database&>(file), clock_, ids_};
            const auto read = [&](const std::string& question, const read_query& query) {
                ask(question + " forward", [&](auto& lines) { read_pages(store, query, lines); });
                ask(question + " backward", [&](auto& lines) { read_pages(store, query.backward(), lines); });
            };
            if (are == checksums::ignored) ask("all forward", [&](auto& lines) { lines = unchecked_lines(path()); });
            else read("all", read_query::all());
            for (const char* category : {"thing", "other"}) read(category, read_query::category(category));
            for (int i = 0; i < 3; ++i) {
                const stream_id stream{"thing", std::to_string(i)};
                read(stream.to_string(), read_query::stream(stream));
            }
            read("other-long", read_query::stream({"other", "long"}));
            ask("identity", [&](auto& lines) {
                const auto identity = store.identity();
                lines = {identity.store.to_string(), identity.history.to_string()};
            });
            ask("head", [&](auto& lines) { lines = {std::to_string(store.head().value)}; });
            ask("types", [&](auto& lines) {
                for (const event_type type : store.stored_types()) lines.push_back(type.to_string());
            });
            ask("schema", [&](auto& lines) {
                for (const auto& schema : store.stored_schemas({"thing-done", 1}))
                    lines.push_back(schema.descriptor_set);
            });
            ask("message", [&](auto& lines) {
                for (const auto& schema : store.stored_schemas({"thing-done", 1})) lines.push_back(schema.message);
            });
            for (int number = 0; number < 12; number += 2)
                ask(fmt::format("append {}", number), [&](auto& lines) {
                    const auto found = store.find_append(*request(number).writes[0].events[0].id);
                    if (found)
                        lines.push_back(fmt::format("{} {} {} {}", found->stream.to_string(), found->count,
                                                    found->result.version.value, found->result.position.value));
                });
        });
        return answers;
    }

private:
    static append_request request(int number) {
        static const event_schema schema{{"thing-done", 1}, "shop.ThingDone", std::string(700, 's')};
        append_request request;
        const auto add = [&](stream_id stream, std::string payload, event_type type) {
            event_data event;
            event.type = type;
            event.payload = std::move(payload);
            event.metadata = number % 3 == 0 ? fmt::format("about {}", number) : "";
            event.schema = type == schema.type ? &schema : nullptr;
            if (number % 4 == 0) event.occurred_at = timestamp{std::chrono::seconds{number}};
            if (number % 2 == 0) event.id = event_id{uuid::from_name(event.payload)};
            request.writes.push_back({std::move(stream), expected_version::any(), {std::move(event)}});
        };
        add({"thing", std::to_string(number % 3)}, fmt::format("payload {}", number), {"thing-done", 1});
        add({"other", "long"}, fmt::format("{} {}", number, std::string(number == 5 ? 1'500U : 20U, 'p')),
            {"other-done", 2});
        return request;
    }

    /// Small pages, so that what lies between two of them is looked at as well.
    static void read_pages(const event_store& store, read_query query, std::vector<std::string>& lines) {
        for (;;) {
            const page read = store.read(query, batch_limit{5},
                                         [&](const event_view& event) { lines.push_back(line_of(store, event)); });
            if (read.at_end) return;
            query = query.from(read);
            if (lines.size() > 1'000) return;  // for ever, and wrong
        }
    }

    scratch_folder folder_;
    testing::manual_clock clock_;
    testing::sequential_ids ids_;
};

/// Whether `part` is `whole` with nothing but some lines left out.
bool is_part_of(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
    auto at = whole.begin();
    for (const std::string& line : part) {
        at = std::find(at, whole.end(), line);
        if (at++ == whole.end()) return false;
    }
    return true;
}

/// Nothing in the file says twice what its types are called and where it ends; an event does.
bool is_unguarded(const std::string& question) {
    return question == "types" || question == "head" || question == "message";
}

/// How the answers of a damaged file compare with those of the good one.
struct tally {
    int harmless = 0;   ///< every answer is as it was
    int told = 0;       ///< every answer that is not as it was is an error
    int missing = 0;    ///< an answer is silently shorter
    int unguarded = 0;  ///< an answer without any checksum behind it says something that was never so
    int wrong = 0;      ///< any other answer does
    std::map<std::string, int> questions;  ///< those that were missing something, or were wrong

    [[nodiscard]] int flips() const { return harmless + told + missing + unguarded + wrong; }

    void count(const std::map<std::string, answer>& good, const std::map<std::string, answer>& now,
               std::vector<std::string>& wrongs) {
        bool differs = false;
        bool is_missing = false;
        bool is_unguarded_one = false;
        for (const auto& [question, was] : good) {
            const auto found = now.find(question);
            if (found == now.end()) {  // it could not even be opened
                differs = true;
                continue;
            }
            const auto& [lines, failed] = found->second;
            if (failed.empty() && lines == was.lines) continue;
            differs = true;
            // What was handed out before an error has to be right, too.
            if (!is_part_of(lines, was.lines)) {
                ++questions[question];
                if (is_unguarded(question)) is_unguarded_one = true;
                else wrongs.push_back(question);
            } else if (failed.empty()) {
                is_missing = true;
                ++questions[question];
            }
        }
        if (!differs) ++harmless;
        else if (!wrongs.empty()) ++wrong;
        else if (is_unguarded_one) ++unguarded;
        else if (is_missing) ++missing;
        else ++told;
    }
};

/// Flips one bit of every `step`-th byte, from `first` on, or all of its bits.
tally flip_bits(victim& victim, checksums are, std::size_t first, std::size_t step, std::mt19937_64* random) {
    const std::string content = victim.content();
    const auto good = victim.ask_everything(are);
    REQUIRE(good.at("all forward").lines.size() == 24);
    REQUIRE(good.at("open").error.empty());
    tally tally;
    for (std::size_t at = first; at < content.size(); at += step)
        for (unsigned bit = 0; bit < (random ? 1U : 8U); ++bit) {
            const auto flipped = 1U << (random ? (*random)() % 8 : bit);
            CAPTURE(at);
            CAPTURE(flipped);
            victim.write(at, static_cast<char>(static_cast<unsigned char>(content[at]) ^ flipped));
            std::vector<std::string> wrongs;
            tally.count(good, victim.ask_everything(are), wrongs);
            if (are == checksums::compared) CHECK_MESSAGE(wrongs.empty(), fmt::format("{}", fmt::join(wrongs, ", ")));
            victim.write(at, content[at]);
        }
    const auto again = victim.ask_everything(are);
    for (const auto& [question, was] : good) CHECK(again.at(question).lines == was.lines);
    return tally;
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("bit flip: no read of a damaged file hands out what was never stored") {
        const auto are = is_planted("no_checksum") ? checksums::ignored : checksums::compared;
        attack_line line{"bit flip: store"};
        victim victim;
        // Every bit of every byte in a full run, a bit of every third byte in a quick one.
        const tally tally = is_full_run() ? flip_bits(victim, are, 0, 1, nullptr)
                                          : flip_bits(victim, are, attack_seed() % 3, 3, &line.random());
        line.add("flips", tally.flips());
        line.add("told", tally.told);
        line.add("harmless", tally.harmless);
        line.add("missing", tally.missing);
        line.add("unguarded", tally.unguarded);
        line.found.wrong = tally.wrong;
        std::string which;
        for (const auto& [question, count] : tally.questions) which += fmt::format(" {}:{}", question, count);
        INFO("answers that differ:" << which);
        CHECK(tally.wrong == 0);
        CHECK(tally.told > tally.flips() / 4);
        CHECK(tally.missing < tally.flips() / 20);
    }

    TEST_CASE("bit flip: a store that compares no checksum is found out") {
        victim victim;
        std::mt19937_64 random{attack_seed()};
        CHECK(flip_bits(victim, checksums::ignored, 0, 29, &random).wrong > 0);
    }
}
