// `export` and `import` when Ctrl-C comes in the middle of them, in processes of their own.

#include "faults/child_process.hpp"
#include "support/scratch_folder.hpp"
#include "transferred.hpp"

#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int interrupted_code = 130;
constexpr int events_in_all = 20'000;
/// As many bytes are read at a time: who waits for the next ones has taken all lines before.
constexpr std::size_t chunk = std::size_t{256} << 10U;

/// Too many to be written between two looks of the test.
void fill(const std::string& path) {
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{path, {.durable = sqlite::durability::off}};
    sqlite::sqlite_event_store store{file, time, ids};
    for (int stored = 0; stored < events_in_all; stored += 500) {
        std::vector<event_data> events(500);
        for (event_data& event : events) {
            event.type = {"thing-done", 1};
            event.payload = std::string(100, 'p');
        }
        (void)store.append(append_request::to(stream_id{"thing", "1"}, expected_version::any(), std::move(events)));
    }
}

/// A run of the command line in a process of its own, which must end with this code.
child_process ended_by_ctrl_c(const std::vector<std::string>& arguments) {
    return child_process{[arguments] {
        const ran done{arguments};
        if (done.code != interrupted_code)
            throw std::runtime_error("it ended with " + std::to_string(done.code) + ": " + done.err);
    }};
}

std::uintmax_t size_of(const std::string& file) {
    std::error_code none;
    const auto size = std::filesystem::file_size(file, none);
    return none ? 0 : size;
}

/// Looks again and again, as long as the child runs.
template <class Condition>
bool wait_until(const child_process& child, Condition is_met) {
    while (!is_met()) {
        if (!child.runs()) return false;
        (void)::poll(nullptr, 0, 1);
    }
    return true;
}

/// A pipe with a name, into which a test writes what a child reads.
class named_pipe {
public:
    explicit named_pipe(std::string name) : name_(std::move(name)) {
        if (::mkfifo(name_.c_str(), 0600) != 0) throw std::runtime_error("no pipe could be made");
        ::signal(SIGPIPE, SIG_IGN);
    }
    ~named_pipe() {
        close();
        ::signal(SIGPIPE, SIG_DFL);
    }
    named_pipe(const named_pipe&) = delete;
    named_pipe& operator=(const named_pipe&) = delete;

    /// Waits for a reader.
    void open() { descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CLOEXEC); }
    void close() {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = -1;
    }
    /// False once nobody reads it any more.
    bool write(std::string_view text) const {
        while (!text.empty()) {
            const auto written = ::write(descriptor_, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

    /// Whether everything was read so far.
    [[nodiscard]] bool is_read() const {
        int left = 0;
        return ::ioctl(descriptor_, FIONREAD, &left) == 0 && left == 0;
    }

private:
    std::string name_;
    int descriptor_ = -1;
};

struct stopped_import {
    stopped_import() {
        fill(from);
        text = exported(from);
        half = text.find('\n', 8 * chunk) + 1;
    }
    /// Imports the part that was given, and is stopped; then `rest` is given, and the pipe ends.
    void stop(std::string_view rest) {
        const std::string name = (folder / "pipe").string();
        named_pipe pipe{name};
        child_process child = ended_by_ctrl_c({"import", name, store});
        pipe.open();
        REQUIRE(pipe.write(std::string_view{text}.substr(0, half)));
        REQUIRE(wait_until(child, [&] { return pipe.is_read() && size_of(store + ".partial-wal") > 0; }));
        child.interrupt();
        (void)pipe.write(rest);
        pipe.close();
        CHECK(child.ends_well());
        std::filesystem::remove(name);
    }

    scratch_folder folder;
    std::string from = (folder / "from.db").string();
    std::string store = (folder / "new.db").string();
    std::string file = (folder / "all.ndjson").string();
    std::string text;
    std::size_t half = 0;
};

}  // namespace

TEST_CASE("interrupt: an export that is stopped leaves nothing, and none is taken for whole") {
    const scratch_folder folder;
    const std::string from = (folder / "from.db").string();
    const std::string file = (folder / "all.ndjson").string();
    fill(from);
    child_process child = ended_by_ctrl_c({"export", from, file});
    REQUIRE(wait_until(child, [&] { return size_of(file + ".partial") > 0; }));
    child.interrupt();
    CHECK(child.ends_well());
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(is_alone(file));
    CHECK(ran{{"export", from, file}}.code == 0);
}

TEST_CASE("interrupt: an import that is stopped goes on when it is run again") {
    for (const bool is_cut_in_a_line : {false, true}) {
        CAPTURE(is_cut_in_a_line);
        stopped_import work;
        // Ctrl-C also ends whoever writes into the pipe, in the middle of a line.
        work.stop(std::string_view{work.text}.substr(work.half, is_cut_in_a_line ? 100 : std::string::npos));
        CHECK_FALSE(std::filesystem::exists(work.store));
        REQUIRE(std::filesystem::exists(work.store + ".partial"));
        write_to(work.file, work.text);
        const ran again{{"import", work.file, work.store}};
        REQUIRE_MESSAGE(again.code == 0, again.err);
        CHECK_MESSAGE(again.says("of them had been stored by an import that was stopped"), again.out);
        CHECK(differences(work.from, work.store) == "No differences.\n");
        CHECK(is_alone(work.store));
    }
}

TEST_CASE("interrupt: what an import had stored is not lost to a file that is refused") {
    stopped_import work;
    work.stop(std::string_view{work.text}.substr(work.half));
    const std::string other = (work.folder / "other.db").string();
    REQUIRE(ran{{"copy", work.from, other, "--after", "1"}}.code == 0);
    for (const std::string& wrong : {exported(other), work.text.substr(0, work.half / 2), "x" + work.text}) {
        write_to(work.file, wrong);
        CHECK(ran{{"import", work.file, work.store}}.code == 1);
        CHECK(std::filesystem::exists(work.store + ".partial"));
    }
    write_to(work.file, work.text);
    const ran again{{"import", work.file, work.store}};
    REQUIRE_MESSAGE(again.code == 0, again.err);
    CHECK(again.says("had been stored by an import that was stopped"));
    CHECK(differences(work.from, work.store) == "No differences.\n");
}
