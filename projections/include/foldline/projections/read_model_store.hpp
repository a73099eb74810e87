#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/sql_session.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// How far a projection has come, in which history of which store.
struct checkpoint {
    store_identity source;
    std::uint32_t projection_version = 0;
    global_position position;

    friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

/// A transaction over the rows of one projection and its checkpoint: both change, or neither. Destroyed without a
/// commit it changes nothing.
///
/// confined.
class read_model_session : public sql_session {
public:
    /// Where the rows stand, read inside this transaction.
    [[nodiscard]] virtual const checkpoint& reached() const = 0;
    /// Makes the rows, and `position` as where they stand, visible together. The session takes no more statements.
    virtual void commit(global_position position) = 0;
};

/// Read models, each with its checkpoint beside its rows in one file.
///
/// Threads: shared.
/// Fails:   storage_error; store_in_use where another process writes to the file.
class read_model_store {
public:
    virtual ~read_model_store() = default;

    /// What an operator finds it by: its file.
    [[nodiscard]] virtual std::string place() const = 0;

    /// How far the projection of this name has come; empty if it never began.
    [[nodiscard]] virtual std::optional<checkpoint> find_checkpoint(std::string_view projection) const = 0;

    /// Makes the projection's tables and its checkpoint at 0, in one transaction; tables that it had are dropped.
    /// Throws `definition_error` if a table is there already and belongs to nobody or to another projection, and if the
    /// statements do not make the tables that they are given for, or make others.
    virtual void create(const projection& projection, const store_identity& source) = 0;

    /// A transaction for the next batch; no other is given out before it is destroyed. Throws `definition_error` if the
    /// projection has no checkpoint.
    [[nodiscard]] virtual std::unique_ptr<read_model_session> begin(const projection& projection) = 0;

    /// Calls `use` with a session in which every statement sees the same rows and none may change them.
    virtual void read(function_ref<void(sql_session&)> use) const = 0;

    /// A store of its own, in which this projection can be built while the present rows go on serving. Asked for again
    /// after an interruption, it still holds what was built for tables of the same statements. Throws `store_in_use`
    /// while another rebuild has it, and `definition_error` if a table belongs to another projection.
    [[nodiscard]] virtual std::unique_ptr<read_model_store> beside(const projection& projection) = 0;

    /// Puts the rows and the checkpoint that were built in `beside` in the place of the present ones, in one
    /// transaction, and removes what `beside` kept. Before that it calls `finish`, at a time when the present rows cannot
    /// move on: what it adds to `beside` makes sure that the new rows stand no further back.
    virtual void swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                         function_ref<void()> finish) = 0;
};

}  // namespace foldline::inline v0
