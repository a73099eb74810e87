// What is written for people: text that a terminal may have, numbers, tables, progress; and the codes for scripts.

#include "ran.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/cli/terminal.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/cli/utf8.hpp>
#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

/// An environment variable that a test sets, and leaves as it was.
class variable {
public:
    variable(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        if (value) ::setenv(name, value, 1);
        else ::unsetenv(name);
    }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;
    ~variable() {
        if (before_) ::setenv(name_, before_->c_str(), 1);
        else ::unsetenv(name_);
    }

private:
    const char* name_;
    std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("printable: what moves the cursor or turns the text round is escaped, the rest stays") {
    CHECK(cli::printable("caf\u00E9 \u00A3 \u4E2D") == "caf\u00E9 \u00A3 \u4E2D");
    CHECK(cli::printable("\x1b[31m\x7f\n") == "\\x1b[31m\\x7f\\x0a");
    CHECK(cli::printable("\u0085\u202E") == "\\x85\\u202e");
    CHECK(cli::printable("\u061C\u2066\uFEFF\U000E0041") == "\\u061c\\u2066\\ufeff\\ue0041");
    CHECK(cli::printable("\xFF") == "\\xff");
    CHECK(cli::printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("utf8: only well-formed characters have a length") {
    CHECK(cli::utf8_character("a") == 1);
    CHECK(cli::utf8_character("\u00A3") == 2);
    CHECK(cli::utf8_character("\u4E2D") == 3);
    CHECK(cli::utf8_character("\U0001F600") == 4);
    for (const std::string_view text :
         {"", "\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC2", "\xF5\x80\x80\x80"})
        CHECK(cli::utf8_character(text) == 0);
}

TEST_CASE("shortened: a text that is too long ends in dots") {
    CHECK(cli::shortened("abc", 3) == "abc");
    CHECK(cli::shortened("abcd", 3) == "abc...");
}

TEST_CASE("numbers: groups of three, plurals and bytes") {
    CHECK(cli::grouped(0) == "0");
    CHECK(cli::grouped(-1'234'567) == "-1,234,567");
    CHECK(cli::grouped(-123) == "-123");
    CHECK(cli::counted(1, "event") == "1 event");
    CHECK(cli::counted(1'000, "event") == "1,000 events");
    CHECK(cli::in_bytes(999) == "999 B");
    CHECK(cli::in_bytes(1'000) == "1.0 kB");
    CHECK(cli::in_bytes(999'949) == "999.9 kB");
    CHECK(cli::in_bytes(999'999) == "1.0 MB");
    CHECK(cli::in_bytes(UINT64_MAX) == "18446.7 PB");
}

TEST_CASE("table: columns are aligned, and what a terminal would obey is escaped") {
    const captured out;
    cli::table{{{"NAME"}, {"N", cli::align::right}}}
        .add({"caf\u00E9", "5"})
        .add({"\x1b[2J", "1,000"})
        .add_rule()
        .add({"only one cell"})
        .print(out.stream());
    CHECK(out.text() ==
          "NAME               N\n"
          "caf\u00E9               5\n"
          "\\x1b[2J        1,000\n"
          "-------------  -----\n"
          "only one cell\n");
}

TEST_CASE("progress: the line tells how fast it goes and how long it takes") {
    CHECK(cli::progress_line("Importing", "rows", 1'000, 4'000, 2s) ==
          "Importing: 1,000 of 4,000 rows, 500 a second, 7 s left");
    CHECK(cli::progress_line("Verifying", "", 10, 1'000, 1s) == "Verifying: 1 %, 1 min 40 s left");
}

TEST_CASE("progress: work that grew beyond what was said to be all is not over by less than nothing") {
    CHECK(cli::progress_line("Verifying", "", 11, 10, 1s) == "Verifying: 100 %, 1 s left");
}

TEST_CASE("colours: NO_COLOR forbids them, CLICOLOR_FORCE asks for them where there is no terminal") {
    const captured out;
    const variable no_color{"NO_COLOR", nullptr};
    {
        const variable forced{"CLICOLOR_FORCE", nullptr};
        CHECK_FALSE(cli::wants_colour(out.stream()));
    }
    {
        const variable forced{"CLICOLOR_FORCE", "0"};
        CHECK_FALSE(cli::wants_colour(out.stream()));
    }
    const variable forced{"CLICOLOR_FORCE", "1"};
    CHECK(cli::wants_colour(out.stream()));
    const variable forbidden{"NO_COLOR", "1"};
    CHECK_FALSE(cli::wants_colour(out.stream()));
}

TEST_CASE("exit codes: each kind of error has its own") {
    namespace code = cli::exit_code;
    CHECK(cli::code_of(std::runtime_error("x")) == code::failed);
    CHECK(cli::code_of(storage_error(5, "read", "x")) == code::failed);
    CHECK(cli::code_of(invalid_name("x")) == code::wrong_usage);
    CHECK(cli::code_of(store_not_found("x")) == code::not_found);
    CHECK(cli::code_of(incompatible_store("x")) == code::incompatible);
    CHECK(cli::code_of(corrupt_data("x")) == code::damaged);
    CHECK(cli::code_of(corrupt_event({"a", "b"}, {}, {}, "x")) == code::damaged);
    CHECK(cli::code_of(store_in_use("x")) == code::in_use);
    CHECK(cli::code_of(cli::interrupted("x")) == code::interrupted);
}

TEST_CASE("fail: the reason bears the program's name, and nothing that a terminal obeys") {
    const captured err;
    CHECK(cli::fail("shop", 6, "first \x1b[2J\nsecond", err.stream()) == 6);
    CHECK(err.text() == "shop: first \\x1b[2J\nsecond\n");
}

TEST_CASE("fail: a reason of any length is told in short") {
    const captured err;
    CHECK(cli::fail("shop", 1, std::string(1U << 20U, '\n'), err.stream()) == 1);
    CHECK(err.text().size() < 10'000);
}
