#include "program_verbs.hpp"
#include "verbs.hpp"

namespace foldline::inline v0::cli {
namespace {

void add_backup(program_verbs& all) {
    auto [command, request] =
        add_verb<backup_request>(all, "backup", "Copy a store while it is written to",
                                 R"(FILE must not exist. It is there only when it is whole, synced and verified.

Examples:
  PROGRAM backup shop.db "shop-$(date +%F).db"
  PROGRAM backup shop.db /mnt/backup/shop.db && echo safe)");
    add_store(command, request.store);
    add_file(command, "FILE", request.file, "The backup to be made");
    add_format(command, request.shape);
}

void add_restore(program_verbs& all) {
    auto [command, request] = add_verb<restore_request>(
        all, "restore", "Make a store of a backup",
        R"(STORE must not exist. It has a new history: read models of the old one refuse to go on from checkpoints that this one
may never have had, and are to be rebuilt.

Examples:
  PROGRAM restore shop-2010-12-01.db shop.db
  PROGRAM restore /mnt/backup/shop.db trial.db && PROGRAM stats trial.db)");
    add_file(command, "FILE", request.file, "The backup");
    add_file(command, "STORE", request.store, "The store to be made");
    add_format(command, request.shape);
}

void add_compact(program_verbs& all) {
    auto [command, request] = add_verb<compact_request>(all, "compact", "Move the write-ahead log into the file",
                                                        R"(Nobody else may write meanwhile. Events are never removed.

Examples:
  PROGRAM compact shop.db
  PROGRAM compact shop.db && cp shop.db elsewhere/)");
    add_store(command, request.store);
}

}  // namespace

void add_file_verbs(program_verbs& all) {
    add_backup(all);
    add_restore(all);
    add_compact(all);
}

}  // namespace foldline::inline v0::cli
