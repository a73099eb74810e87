// A file system that is full: not a layer that says so, but one of three megabytes.

#include "attack_line.hpp"
#include "ledger.hpp"
#include "planted_bug.hpp"
#include "sqlite_world.hpp"
#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include <sched.h>
#include <sys/mount.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// A file system in memory, of a size that can be changed. Only root may make one, and only this process sees it, so that
/// it is gone with it, however that ends.
class small_disk {
public:
    explicit small_disk(const char* size) {
        const bool is_made = ::unshare(CLONE_NEWNS) == 0 &&
                             ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                             ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, size) == 0;
        if (!is_made) obstacle_ = std::strerror(errno);
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;
    ~small_disk() {
        if (obstacle_.empty()) ::umount2(folder_.path().c_str(), MNT_DETACH);
    }

    /// Why there is none; empty if there is one.
    [[nodiscard]] const std::string& obstacle() const { return obstacle_; }
    [[nodiscard]] bool resize(const char* size) const {
        return ::mount("tmpfs", folder_.path().c_str(), "tmpfs", MS_REMOUNT, size) == 0;
    }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }

private:
    scratch_folder folder_;
    std::string obstacle_;
};

}  // namespace

TEST_SUITE("faults") {
    // guards: a store that a full disk leaves unable to open (BUGS 52)
    TEST_CASE("full disk: what was acknowledged is stored, and the store goes on when there is room again") {
        const small_disk disk{"size=3m"};
        if (!disk.obstacle().empty())
            return print_skipped("full disk", "no file system can be mounted: " + disk.obstacle());
        attack_line line{"full disk"};
        sqlite_world world{disk / "store.db"};
        world.checkpoint_pages = 100;
        ledger told_so;
        int next = 0;
        int refused = 0;
        const auto append_until_refused = [&](event_store& store, int times) {
            for (const int end = next + 20'000; times > 0 && next < end; ++next) {
                const int before = told_so.count(told::stored);
                told_so.append(store, next);
                if (told_so.count(told::stored) > before) continue;
                --times;
                ++refused;
                if (is_planted("ack_first")) told_so.note(next, told::stored);
            }
        };

        event_store* store = &world.open();
        append_until_refused(*store, 20);
        CHECK(told_so.count(told::stored) > 20);
        CHECK(refused == 20);
        line.found += told_so.compare_log(*store);
        // Opened anew on the full disk it says what it holds, or that it cannot open.
        world.close();
        try {
            store = &world.open();
            line.found += told_so.compare_log(*store);
            append_until_refused(*store, 10);
        } catch (const storage_error&) {
            line.add("refused to open");
            world.close();
            store = nullptr;
        }
        line.add("refused", refused);

        REQUIRE(disk.resize("size=12m"));
        if (!store) store = &world.open();
        const int before = told_so.count(told::stored);
        for (const int end = next + 200; next < end; ++next) told_so.append(*store, next);
        CHECK(told_so.count(told::stored) == before + 200);
        line.found += told_so.compare(*store);
        world.close();
        line.found += told_so.compare(world.open());
        line.add("acknowledged", told_so.count(told::stored));
        CHECK(line.found.to_string() == disagreement{}.to_string());
        world.close();
    }
}
