#include <foldline/sqlite/read_model_files.hpp>

#include "raw_sqlite.hpp"
#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::find_read_models;
using sqlite::note_read_models;

using paths = std::vector<std::filesystem::path>;

/// Waits for no other writer.
sqlite::database impatient(const std::filesystem::path& file) {
    return sqlite::database{file, {.lock_timeout = std::chrono::milliseconds{1}}};
}

void make(const std::filesystem::path& file) { sqlite::database{file}; }

struct world {
    scratch_folder scratch;
    std::filesystem::path folder = std::filesystem::canonical(scratch.path());
    std::filesystem::path store = folder / "store.db";
    std::filesystem::path sales = folder / "sales.db";

    world() {
        make(store);
        make(sales);
    }
    void note(const std::filesystem::path& models) const {
        sqlite::database file{store};
        note_read_models(file, sqlite::database{models});
    }
    [[nodiscard]] paths found() const { return find_read_models(sqlite::database{store}); }
};

}  // namespace

TEST_CASE("read model files: a store remembers where its read models are, each file once") {
    const world world;
    const auto stock = world.folder / "models" / "stock.db";
    std::filesystem::create_directory(stock.parent_path());
    make(stock);
    world.note(world.sales);
    world.note(stock);
    world.note(world.sales);
    world.note(world.folder / "models" / ".." / "sales.db");
    CHECK(world.found() == paths{stock, world.sales});
}

TEST_CASE("read model files: a store that was told of none has none") {
    const world world;
    CHECK(world.found().empty());
    CHECK(raw_sqlite{world.store}.text("select count(*) from foldline_components") == "0");
}

TEST_CASE("read model files: a file that is gone is left out, and there again when it comes back") {
    const world world;
    world.note(world.sales);
    std::filesystem::rename(world.sales, world.folder / "elsewhere.db");
    CHECK(world.found().empty());
    std::filesystem::create_directory(world.sales);
    CHECK(world.found().empty());
    std::filesystem::remove(world.sales);
    std::filesystem::rename(world.folder / "elsewhere.db", world.sales);
    CHECK(world.found() == paths{world.sales});
}

TEST_CASE("read model files: the store and its read models may be moved together") {
    const scratch_folder scratch;
    const auto folder = std::filesystem::canonical(scratch.path());
    const auto old = folder / "old";
    std::filesystem::create_directories(old / "stores");
    std::filesystem::create_directories(old / "models");
    {
        sqlite::database store{old / "stores" / "store.db"};
        note_read_models(store, sqlite::database{old / "stores" / "near.db"});
        note_read_models(store, sqlite::database{old / "models" / "far.db"});
    }
    std::filesystem::rename(old, folder / "new");
    const auto now = folder / "new";
    CHECK(find_read_models(sqlite::database{now / "stores" / "store.db"}) ==
          paths{now / "models" / "far.db", now / "stores" / "near.db"});
}

TEST_CASE("read model files: where the programs were started makes no difference") {
    const world world;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(world.folder);
    {
        sqlite::database store{"store.db"};
        note_read_models(store, sqlite::database{"sales.db"});
    }
    std::filesystem::current_path(before);
    CHECK(world.found() == paths{world.sales});
}

TEST_CASE("read model files: a file beside the store with its name and .read-models is one of them") {
    const world world;
    const auto beside = world.folder / "store.db.read-models";
    make(beside);
    CHECK(world.found() == paths{beside});
    world.note(beside);
    world.note(world.sales);
    CHECK(world.found() == paths{world.sales, beside});
}

TEST_CASE("read model files: a store that is only read remembers nothing, and tells what it knows") {
    const world world;
    {
        sqlite::database store{world.store, {.mode = sqlite::open_mode::read_only}};
        note_read_models(store, sqlite::database{world.sales});
        CHECK(find_read_models(store).empty());
    }
    CHECK(world.found().empty());
    world.note(world.sales);
    CHECK(find_read_models(sqlite::database{world.store, {.mode = sqlite::open_mode::read_only}}) ==
          paths{world.sales});
}

TEST_CASE("read model files: what is known already is no reason to write") {
    const world world;
    const sqlite::database sales{world.sales};
    sqlite::database busy{world.store};
    note_read_models(busy, sales);
    sqlite::database other = impatient(world.store);
    const sqlite::write_lease held = busy.lease_writer();
    CHECK_NOTHROW(note_read_models(other, sales));
    CHECK_THROWS_AS(note_read_models(other, sqlite::database{world.folder / "stock.db"}), storage_error);
}

TEST_CASE("read model files: a list that a newer program keeps is refused") {
    const world world;
    world.note(world.sales);
    raw_sqlite{world.store}.execute("update foldline_components set version = 2 where name = 'read_model_files'");
    CHECK_THROWS_AS((void)world.found(), incompatible_store);
    CHECK_THROWS_AS(world.note(world.folder / "stock.db"), incompatible_store);
}
