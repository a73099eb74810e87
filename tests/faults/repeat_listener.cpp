// Around the attacks: what they run on, one seed for all of them, and after a failed one the command that repeats it.

#include "attack_line.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace foldline_tests {
namespace {

/// The variable as it stands before a command; nothing if it is not set.
std::string assignment(const char* variable) {
    const char* value = std::getenv(variable);
    return value ? fmt::format("{}={} ", variable, value) : "";
}

void print_head(const char* size) {
    utsname system{};
    ::uname(&system);
    fmt::print("faults: {}, SQLite {}, {} {} {}, {} processors, seed={}\n", size, sqlite3_libversion(), system.sysname,
               system.release, system.machine, ::sysconf(_SC_NPROCESSORS_ONLN), attack_seed());
    std::fflush(stdout);
}

/// A name that doctest's filter and a shell's double quotes take for itself.
std::string as_filter(const char* name) {
    std::string filter;
    for (const char* at = name; *at != '\0'; ++at) {
        if (*at == ',') filter += "\\,";
        else if (*at == '"' || *at == '$' || *at == '`' || *at == '\\') filter += '?';
        else filter += *at;
    }
    return filter;
}

class repeat_listener final : public doctest::IReporter {
public:
    explicit repeat_listener(const doctest::ContextOptions& options) : program_(options.binary_name.c_str()) {}

    void test_run_start() override {
        // Every test that asks for a seed gets this one, so that one number repeats the whole run.
        ::setenv("FOLDLINE_TEST_SEED", std::to_string(attack_seed()).c_str(), 0);
        if (const char* size = std::getenv("FOLDLINE_FAULTS")) print_head(size);
    }
    void test_case_start(const doctest::TestCaseData& test) override { test_ = &test; }
    void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
        if (stats.failure_flags == 0 || std::string(test_->m_test_suite) != "faults") return;
        fmt::print("To repeat it: {}{}{}{} --test-case=\"{}\"\n", assignment("FOLDLINE_TEST_SEED"),
                   assignment("FOLDLINE_FAULTS"), assignment("FAULT_PLANT"), program_, as_filter(test_->m_name));
        std::fflush(stdout);
    }

    void report_query(const doctest::QueryData&) override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}

private:
    std::string program_;
    const doctest::TestCaseData* test_ = nullptr;
};

REGISTER_LISTENER("repeat", 1, repeat_listener);

}  // namespace
}  // namespace foldline_tests
