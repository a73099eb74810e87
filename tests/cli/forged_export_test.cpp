// `import` of lines whose hashes are right and that no export has: whoever makes them gets a refusal, or a store that
// is sound.

#include "exported_file.hpp"

#include "export_format.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using ordered = nlohmann::ordered_json;

/// A line that was changed, with a hash that suits it.
std::string forged(const ordered& line) { return cli::sealed(line.dump()) + "\n"; }

ordered unsealed(const std::string& line) {
    ordered object = ordered::parse(line);
    object.erase("linehash");
    return object;
}

void check_says(const std::string& text, std::string_view words) {
    CHECK_MESSAGE(text.find(words) != std::string::npos, text);
}

/// Lines 1 to 3 are those of the store, of a schema and of the first event.
struct forger {
    std::string refusal_of(const std::string& third) const { return file.refusal_of(lines[0] + lines[1] + third); }
    std::string refusal_with(const std::string& member, ordered value) const {
        ordered event = unsealed(lines[2]);
        event[member] = std::move(value);
        return refusal_of(forged(event));
    }

    awkward_store from;
    exported_file file{from};
    std::vector<std::string> lines = lines_in(file.text);
};

}  // namespace

TEST_CASE("forged export: numbers that do not follow are refused with the reason") {
    const forger world;
    check_says(world.refusal_with("position", "2"), "line 3 of ");
    check_says(world.refusal_with("position", "-9223372036854775808"), "line 3 of ");
    check_says(world.refusal_with("streamversion", "2"), "lab-1 ends at version 0");
    check_says(world.refusal_with("streamversion", "9223372036854775807"), "lab-1 ends at version 0");
    check_says(world.refusal_with("streamversion", "99999999999999999999"), "no whole number");
    check_says(world.refusal_with("source", "urn:uuid:other"), "another store");
    check_says(world.refusal_with("payloadhash", "0000000000000000"), "does not give the bytes");
    check_says(world.refusal_with("dataschema", "urn:other"), "did not come before");
    ordered store = unsealed(world.lines[0]);
    store["data"]["format"] = 2;
    check_says(world.file.refusal_of(forged(store)), "newer Foldline");
}

TEST_CASE("forged export: a member of any other kind is refused, and nothing else happens") {
    const forger world;
    const std::vector<ordered> odd{nullptr, -1, 1e308, "\u0000", ordered::array(), ordered{{"data", nullptr}}};
    const std::vector<std::string> known{
        "position",       "streamversion", "recordedtime", "recordedmicros", "type", "id",
        "source",         "subject",       "dataschema",   "payloadhash",    "data", "data_base64",
        "metadatabase64", "headers",       "writesize",    "correlationid"};
    for (const std::string& member : known)
        for (const ordered& value : odd) {
            CAPTURE(member);
            CAPTURE(value.dump());
            check_says(world.refusal_with(member, value), "line ");
        }
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
        const ordered line = unsealed(world.lines[at]);
        for (const auto& [member, was] : line.at("data").items())
            for (const ordered& value : odd) {
                CAPTURE(member);
                auto lines = world.lines;
                ordered changed = line;
                changed["data"][member] = value;
                lines[at] = forged(changed);
                check_says(world.file.refusal_of(joined(lines)), "nothing was imported");
            }
    }
}

TEST_CASE("forged export: what is nested too deep is refused before it is read") {
    const forger world;
    for (const std::string& bomb : {std::string(100'000, '['), std::string(100'000, '{')}) {
        check_says(world.refusal_of(cli::sealed(R"({"data":)" + bomb + "}") + "\n"), "nested more than 300");
        check_says(world.refusal_of(cli::sealed(R"({"a":"\"[\\","data":)" + bomb + "}") + "\n"),
                   "nested more than 300");
    }
    // Brackets in a text are none.
    ordered event = unsealed(world.lines[2]);
    event["headers"] = std::string(100'000, '[');
    check_says(world.refusal_of(forged(event)), "no JSON list");
}

TEST_CASE("forged export: of twins of one name none is taken for the other") {
    const forger world;
    const std::string line = unsealed(world.lines[2]).dump();
    for (const char* twin : {R"("position":"2")", R"("type":"foldline.end")", R"("data_base64":"")"}) {
        CAPTURE(twin);
        check_says(world.refusal_of(cli::sealed("{" + std::string(twin) + "," + line.substr(1)) + "\n"), "line ");
        check_says(world.refusal_of(cli::sealed(line.substr(0, line.size() - 1) + "," + twin + "}") + "\n"), "line ");
    }
}

TEST_CASE("forged export: an upcaster that is none, or stands among events, is refused") {
    const forger world;
    const declared_upcaster step = declared_upcaster::dropping({"measured", 1});
    const std::string source = unsealed(world.lines[0]).at("source");
    ordered line = cli::line_of(step, source);
    check_says(world.file.refusal_of(world.lines[0] + world.lines[1] + world.lines[2] + forged(line)),
               "behind the first event");
    line["data"]["body"] = "AAAA";
    check_says(world.file.refusal_of(world.lines[0] + forged(line)), "line 2 of ");
    line["data"].erase("body");
    check_says(world.file.refusal_of(world.lines[0] + forged(line)), "no text \"body\"");
}

TEST_CASE("forged export: where schemas claim to come from is noted only where it can be so") {
    const forger world;
    for (const char* claimed : {"0", "1", "2", "29", "30", "9223372036854775807", "-1"}) {
        CAPTURE(claimed);
        std::string text;
        cli::running_checksum all;
        for (std::string line : world.lines) {
            ordered object = unsealed(line);
            if (object.at("type") == "foldline.schema") {
                object["data"]["first_position"] = claimed;
                line = forged(object);
            }
            if (object.at("type") == "foldline.end") {
                object["data"]["checksum"] = cli::hexadecimal(all.value());
                line = forged(object);
            }
            all.add(line);
            text += line;
        }
        const std::string store = world.from / (std::string("store") + claimed + ".db");
        write_to(world.file.file, text);
        const ran done{{"import", world.file.file, store}};
        CHECK_MESSAGE(done.code == 0, done.err);
        CHECK(is_sound(store));
    }
}
