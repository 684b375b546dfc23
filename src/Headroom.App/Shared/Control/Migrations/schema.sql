CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);

BEGIN TRANSACTION;
CREATE TABLE "project" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_project" PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "week_starts_on_sunday" INTEGER NOT NULL,
    "keep_ip" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL
);

CREATE TABLE "user" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_user" PRIMARY KEY AUTOINCREMENT,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL
);

CREATE TABLE "visitor_salt" (
    "day" INTEGER NOT NULL CONSTRAINT "PK_visitor_salt" PRIMARY KEY,
    "salt" BLOB NOT NULL
);

CREATE TABLE "project_domain" (
    "domain" TEXT NOT NULL CONSTRAINT "PK_project_domain" PRIMARY KEY,
    "project_id" INTEGER NOT NULL,
    CONSTRAINT "FK_project_domain_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE
);

CREATE TABLE "project_key" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_project_key" PRIMARY KEY AUTOINCREMENT,
    "project_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "key" TEXT NULL,
    "hash" BLOB NULL,
    "prefix" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_project_key_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE
);

CREATE TABLE "session" (
    "hash" BLOB NOT NULL CONSTRAINT "PK_session" PRIMARY KEY,
    "user_id" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    CONSTRAINT "FK_session_user_user_id" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
);

CREATE INDEX "IX_project_domain_project_id" ON "project_domain" ("project_id");

CREATE UNIQUE INDEX "IX_project_key_hash" ON "project_key" ("hash");

CREATE UNIQUE INDEX "IX_project_key_key" ON "project_key" ("key");

CREATE INDEX "IX_project_key_project_id" ON "project_key" ("project_id");

CREATE INDEX "IX_session_expires_at" ON "session" ("expires_at");

CREATE INDEX "IX_session_user_id" ON "session" ("user_id");

CREATE UNIQUE INDEX "IX_user_email" ON "user" ("email");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261124001317_First', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "cohort" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_cohort" PRIMARY KEY AUTOINCREMENT,
    "project_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "condition" TEXT NULL,
    "version" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    CONSTRAINT "FK_cohort_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE
);

CREATE TABLE "cohort_members" (
    "cohort_id" INTEGER NOT NULL CONSTRAINT "PK_cohort_members" PRIMARY KEY,
    "keys" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    CONSTRAINT "FK_cohort_members_cohort_cohort_id" FOREIGN KEY ("cohort_id") REFERENCES "cohort" ("id") ON DELETE CASCADE
);

CREATE INDEX "IX_cohort_project_id" ON "cohort" ("project_id");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261125140000_Cohorts', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "dashboard" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_dashboard" PRIMARY KEY AUTOINCREMENT,
    "project_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "range" TEXT NULL,
    "filters" TEXT NOT NULL,
    "refresh_seconds" INTEGER NOT NULL,
    "tiles" TEXT NOT NULL,
    "tile_count" INTEGER NOT NULL,
    "last_tile" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "created_by" INTEGER NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    "deleted_at" INTEGER NULL,
    CONSTRAINT "FK_dashboard_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE,
    CONSTRAINT "FK_dashboard_user_created_by" FOREIGN KEY ("created_by") REFERENCES "user" ("id") ON DELETE SET NULL
);

CREATE TABLE "dashboard_share" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_dashboard_share" PRIMARY KEY AUTOINCREMENT,
    "dashboard_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BLOB NOT NULL,
    "prefix" TEXT NOT NULL,
    "choose_range" INTEGER NOT NULL,
    "embed_origins" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_dashboard_share_dashboard_dashboard_id" FOREIGN KEY ("dashboard_id") REFERENCES "dashboard" ("id") ON DELETE CASCADE
);

CREATE INDEX "IX_dashboard_created_by" ON "dashboard" ("created_by");

CREATE INDEX "IX_dashboard_project_id" ON "dashboard" ("project_id");

CREATE INDEX "IX_dashboard_share_dashboard_id" ON "dashboard_share" ("dashboard_id");

CREATE UNIQUE INDEX "IX_dashboard_share_hash" ON "dashboard_share" ("hash");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261125195430_Dashboards', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "annotation" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_annotation" PRIMARY KEY AUTOINCREMENT,
    "project_id" INTEGER NOT NULL,
    "at" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "user_id" INTEGER NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_annotation_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE,
    CONSTRAINT "FK_annotation_user_user_id" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE SET NULL
);

CREATE INDEX "IX_annotation_project_id_at" ON "annotation" ("project_id", "at");

CREATE INDEX "IX_annotation_user_id" ON "annotation" ("user_id");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261125203000_Annotations', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "project_invitation" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_project_invitation" PRIMARY KEY AUTOINCREMENT,
    "project_id" INTEGER NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "hash" BLOB NOT NULL,
    "invited_by" INTEGER NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    CONSTRAINT "FK_project_invitation_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE,
    CONSTRAINT "FK_project_invitation_user_invited_by" FOREIGN KEY ("invited_by") REFERENCES "user" ("id") ON DELETE SET NULL
);

CREATE TABLE "project_member" (
    "project_id" INTEGER NOT NULL,
    "user_id" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "PK_project_member" PRIMARY KEY ("project_id", "user_id"),
    CONSTRAINT "FK_project_member_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE,
    CONSTRAINT "FK_project_member_user_user_id" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
);

CREATE UNIQUE INDEX "IX_project_invitation_hash" ON "project_invitation" ("hash");

CREATE INDEX "IX_project_invitation_invited_by" ON "project_invitation" ("invited_by");

CREATE UNIQUE INDEX "IX_project_invitation_project_id_email" ON "project_invitation" ("project_id", "email");

CREATE INDEX "IX_project_member_user_id" ON "project_member" ("user_id");

UPDATE "user" SET role = 'operator';

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261126000000_Members', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "project" ADD "dropped_properties" TEXT NULL;

ALTER TABLE "project" ADD "retention_days" INTEGER NULL;

CREATE TABLE "person_deletion" (
    "id" TEXT NOT NULL CONSTRAINT "PK_person_deletion" PRIMARY KEY,
    "project_id" INTEGER NOT NULL,
    "person_uuid" TEXT NOT NULL,
    "person_key" INTEGER NOT NULL,
    "log_offset" INTEGER NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_at" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "distinct_ids" INTEGER NOT NULL,
    "events" INTEGER NOT NULL,
    "segments" INTEGER NOT NULL,
    "completed_at" INTEGER NULL,
    "log_cleared_at" INTEGER NULL,
    CONSTRAINT "FK_person_deletion_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE
);

CREATE INDEX "IX_person_deletion_project_id_requested_at" ON "person_deletion" ("project_id", "requested_at");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261126001000_RemovingData', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "definition" (
    "project_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "hidden" INTEGER NOT NULL,
    "changed_by" INTEGER NULL,
    "changed_at" INTEGER NOT NULL,
    CONSTRAINT "PK_definition" PRIMARY KEY ("project_id", "kind", "name"),
    CONSTRAINT "FK_definition_project_project_id" FOREIGN KEY ("project_id") REFERENCES "project" ("id") ON DELETE CASCADE,
    CONSTRAINT "FK_definition_user_changed_by" FOREIGN KEY ("changed_by") REFERENCES "user" ("id") ON DELETE SET NULL
);

CREATE TABLE "problem_count" (
    "project_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "hour" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "last_at" INTEGER NOT NULL,
    CONSTRAINT "PK_problem_count" PRIMARY KEY ("project_id", "kind", "reason", "hour")
);

CREATE TABLE "problem_example" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_problem_example" PRIMARY KEY AUTOINCREMENT,
    "project_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "document" TEXT NOT NULL
);

CREATE INDEX "IX_definition_changed_by" ON "definition" ("changed_by");

CREATE INDEX "IX_problem_example_project_id_kind_reason" ON "problem_example" ("project_id", "kind", "reason");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261126002000_DataDefinitions', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "project" ADD "cookieless" INTEGER NOT NULL DEFAULT 0;

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261126004000_Cookieless', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "dashboard_share" ADD "expires_at" INTEGER NULL;

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261126004500_ExpiringLinks', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "process_reading" (
    "process" TEXT NOT NULL CONSTRAINT "PK_process_reading" PRIMARY KEY,
    "written_at" INTEGER NOT NULL,
    "reading" TEXT NOT NULL
);

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261126230000_ProcessReadings', '10.0.15');

COMMIT;

