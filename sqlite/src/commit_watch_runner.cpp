#include <foldline/sqlite/commit_watch_runner.hpp>

#include "futex.hpp"
#include "shared_page.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

/// A stop wakes the thread; if it comes just before the thread falls asleep, it takes this long.
constexpr std::chrono::milliseconds longest_sleep{500};

/// Whoever only reads may lack the right to write to the lock file; it can listen all the same.
shared_page map_words(const std::filesystem::path& store) {
    const std::string name = store.string() + "-lock";
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) throw storage_error(errno, fmt::format("listen for commits at {}", name), std::strerror(errno));
    struct closing {
        ~closing() { ::close(number); }
        int number;
    } const at_exit{descriptor};
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || status.st_size < static_cast<off_t>(shared_page::size))
        throw storage_error(0, fmt::format("listen for commits at {}", name),
                            "the file is too short: no program of this version has written to the store yet");
    return shared_page{descriptor, name, shared_page::rights::read};
}

}  // namespace

struct commit_watch_runner::parts {
    parts(const database& file, sqlite_event_store& watched)
        : page(map_words(file.file())), store(watched), seen(page.words().commits.load()), last(watched.head()) {}

    void listen(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            wait_for_change(page.words().commits, seen, longest_sleep, futex_scope::machine);
            const std::uint32_t now = page.words().commits.load();
            if (now == seen) continue;
            seen = now;
            tell();
        }
    }

    void tell() noexcept {
        try {
            last = store.head();
        } catch (const std::exception&) {
            // Whoever is told looks for itself, and hears of it then.
        }
        store.commits().emit(last);
    }

    shared_page page;
    sqlite_event_store& store;
    std::uint32_t seen;
    global_position last;
    std::jthread thread;
};

commit_watch_runner::commit_watch_runner(const database& file, sqlite_event_store& store)
    : parts_(std::make_unique<parts>(file, store)) {
    parts_->thread = std::jthread{[all = parts_.get()](const std::stop_token& stop) { all->listen(stop); }};
}

commit_watch_runner::~commit_watch_runner() {
    parts_->thread.request_stop();
    wake_all(&parts_->page.words().commits, futex_scope::machine);
}

}  // namespace foldline::inline v0::sqlite
