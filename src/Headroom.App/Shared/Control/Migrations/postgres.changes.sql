-- What PostgreSQL needs beside the model: a number that changes with whatever Headroom.App.Shared.Control.ControlSnapshot reads.
-- The triggers come before the statement, so that the row here is locked before any row that changes, in every transaction.
-- Run after every change of the schema, as often as one likes; migration says up to which one the schema is whole.
CREATE TABLE IF NOT EXISTS control_change (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL,
    migration text NOT NULL
);

CREATE OR REPLACE FUNCTION control_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE control_change SET version = version + 1;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER control_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON project FOR EACH STATEMENT EXECUTE FUNCTION control_changed();
CREATE OR REPLACE TRIGGER control_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON project_domain FOR EACH STATEMENT EXECUTE FUNCTION control_changed();
CREATE OR REPLACE TRIGGER control_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON project_key FOR EACH STATEMENT EXECUTE FUNCTION control_changed();
CREATE OR REPLACE TRIGGER control_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON project_member FOR EACH STATEMENT EXECUTE FUNCTION control_changed();
CREATE OR REPLACE TRIGGER control_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON cohort FOR EACH STATEMENT EXECUTE FUNCTION control_changed();

INSERT INTO control_change (version, migration) VALUES (1, @migration)
    ON CONFLICT (one) DO UPDATE SET version = control_change.version + 1, migration = excluded.migration;
