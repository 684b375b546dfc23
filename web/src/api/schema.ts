// Made from docs/openapi.json by npm run types. Not to be edited.

export interface paths {
    "/api/projects/{project}/members/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Leave the project
         * @description Whoever is signed in is no member any more. The last owner stays where no operator runs the server; an operator cannot leave.
         */
        delete: operations["leaveProject"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether every part works; 503 when one is failing */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, and the antiforgery token */
        get: operations["getSession"];
        put?: never;
        /** Sign in */
        post: operations["signIn"];
        /** Sign out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change one's own password; all other sessions end */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the first account, the operator's; possible once */
        post: operations["setup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The projects of which the caller is a member; all of them for an operator */
        get: operations["listProjects"];
        put?: never;
        /** Make a project with a write key and a read key */
        post: operations["createProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One project */
        get: operations["getProject"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change what is given, leave the rest */
        patch: operations["changeProject"];
        trace?: never;
    };
    "/api/projects/{project}/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of every event: received = stored + duplicates + rejected + waiting */
        get: operations["getLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The project's keys; write keys in clear */
        get: operations["listKeys"];
        put?: never;
        /** Make a key; a read key is shown this once */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a key; it stops working within a second everywhere */
        delete: operations["deleteKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/annotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notes at times, the oldest first */
        get: operations["listAnnotations"];
        put?: never;
        /** Write a note at a time */
        post: operations["createAnnotation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/annotations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a note */
        delete: operations["deleteAnnotation"];
        options?: never;
        head?: never;
        /** Change what is given, leave the rest */
        patch: operations["changeAnnotation"];
        trace?: never;
    };
    "/api/projects/{project}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who may see the project: its members, and the operators of the server */
        get: operations["listMembers"];
        put?: never;
        /**
         * Add somebody by e-mail
         * @description An account with this e-mail is a member at once; for anybody else an invitation is made, whose token is shown this once.
         */
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/members/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a member
         * @description The account stays, and so does what it made, but for invitations that wait.
         */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        /**
         * Change a member's role
         * @description Nobody gives, changes or takes a role above their own. It holds from the member's next request on.
         */
        patch: operations["changeMember"];
        trace?: never;
    };
    "/api/projects/{project}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invitations that wait to be accepted */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Make an invitation; its token is shown this once
         * @description For an e-mail with an account, too. It holds for seven days, and takes the place of an earlier one for the same e-mail.
         */
        post: operations["createInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an invitation */
        delete: operations["deleteInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an invitation is about */
        get: operations["getInvitation"];
        put?: never;
        /**
         * Accept an invitation
         * @description With the password of the account that the e-mail has, or that of a new one; without where that account is signed in. Signs in.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a retention of so many days would free, and what there is */
        get: operations["previewRetention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/persons/{uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One person
         * @description As of now, with some of the distinct ids.
         */
        get: operations["GetPerson"];
        put?: never;
        post?: never;
        /**
         * Remove a person with all events, for good
         * @description Of what was received before the request nothing stays; what is received after it makes a new person. The answer is the receipt, which tells how far it is.
         */
        delete: operations["deletePerson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/deletions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Receipts of persons removed, the newest first, at most 500 */
        get: operations["listDeletions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/deletions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One receipt */
        get: operations["getDeletion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Imports that run, and those that ended lately */
        get: operations["listImports"];
        put?: never;
        /**
         * Takes a file of events in
         * @description The body is the file: lines of JSON, CSV, or nginx' or Apache's combined log, plain or gzip, read as it comes. The answer comes at its end; meanwhile the list of imports says how far it is. Rows get uuids made of the file, so that the same file again counts nothing twice. What ends early leaves what was taken: its problem has the details as import.
         */
        post: operations["importEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/imports/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a file would become
         * @description The body is the beginning of the file, at most 256 KiB of it, as it is. Nothing is stored.
         */
        post: operations["previewImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One import */
        get: operations["getImport"];
        put?: never;
        post?: never;
        /** Stop an import; what was taken stays */
        delete: operations["cancelImport"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answers a query
         * @description The body's kind says which: trends (counts, persons or numbers of a property, filtered, broken down and compared), funnel (who takes steps one after the other), paths (which ways are taken), retention (who comes back), stickiness (in how many intervals persons are active), lifecycle (who is new, comes back and stays away), sessions (how many, how long, how many bounce) and web (a site on one page). With Accept: text/event-stream the answer is a stream: progress (state, place, estimatedRows, estimatedColumns, estimatedBytes) while it waits and runs, then result or error.
         */
        post: operations["Query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists events, newest first
         * @description Follow next for older ones. A cursor belongs to the filters that it was made with.
         */
        get: operations["ListEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/events/{uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One event whole
         * @description With every property of every kind, and the person behind it.
         */
        get: operations["GetEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All events, oldest first
         * @description As newline-delimited JSON in gzip, which headroom import takes; without gzip where that is false. A file that breaks off is not a whole gzip file.
         */
        get: operations["ExportEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/definitions/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Names of events
         * @description Most frequent first; at most a few seconds old.
         */
        get: operations["ListEventDefinitions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/definitions/events/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How often events of each name came
         * @description On each of the last days in the project's time zone, with the first and the last time; hidden ones too. At most a few seconds old.
         */
        get: operations["ListEventActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/definitions/properties": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Names of properties
         * @description By name, with the kinds of value each came with; with an event, only those that came with it.
         */
        get: operations["ListPropertyDefinitions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/definitions/properties/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Values of a property
         * @description As text, most frequent first; at most a few seconds old.
         */
        get: operations["ListPropertyValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Describe or hide names
         * @description What is given is changed for each of the names, which need not have been seen. Hidden names are left out where names are offered; questions still answer them.
         */
        patch: operations["ChangeDefinitions"];
        trace?: never;
    };
    "/api/projects/{project}/query/persons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The persons behind a point of an insight
         * @description By key; follow next for more. The answer is computed anew for each page, so persons may come and go between them.
         */
        post: operations["QueryPersons"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/persons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Persons, the newest first
         * @description Search finds a distinct id or uuid as a whole, and a part of an e-mail address or name.
         */
        get: operations["ListPersons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/persons/{uuid}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A person's events, newest first
         * @description Also those that came while others who were merged into the person were still apart. Follow next for older ones.
         */
        get: operations["ListPersonEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/persons/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The events of whom a distinct id stands for, newest first
         * @description As a person's, also of somebody without a profile, who has no uuid. Follow next for older ones.
         */
        get: operations["ListVisitorEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/cohorts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's cohorts
         * @description By name, each with its size as it was counted last.
         */
        get: operations["ListCohorts"];
        put?: never;
        /**
         * Make a cohort
         * @description By a condition, as a list of distinct ids and persons, or from the persons behind a point of an insight.
         */
        post: operations["CreateCohort"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/cohorts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One cohort
         * @description With its size, at most a few seconds old.
         */
        get: operations["GetCohort"];
        put?: never;
        post?: never;
        /**
         * Delete a cohort
         * @description Queries that name it are refused from then on.
         */
        delete: operations["DeleteCohort"];
        options?: never;
        head?: never;
        /**
         * Change what is given, leave the rest
         * @description A list given takes the place of the one before.
         */
        patch: operations["ChangeCohort"];
        trace?: never;
    };
    "/api/projects/{project}/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answers a statement
         * @description One SELECT over events, persons and sessions of this project, see schema. As JSON, CSV, Parquet or an Arrow stream, as format or the Accept header says. JSON comes as a stream of events, as of a query, with Accept: text/event-stream.
         */
        post: operations["RunSql"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/sql/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a statement may read
         * @description Relations with their columns. A property has a column of its plain name where that is unambiguous; one that came in several kinds is read as text there, and has a column for each kind beside.
         */
        get: operations["GetSqlSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Problems with what was sent
         * @description What was refused, changed, put to another time, not merged or there already, by hour and reason, with the latest examples.
         */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/problems/recent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether there were problems in the last hour
         * @description Duplicates are none; at most a few seconds old.
         */
        get: operations["recentProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/dashboards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's dashboards
         * @description By name.
         */
        get: operations["ListDashboards"];
        put?: never;
        /**
         * Make a dashboard
         * @description On a grid of 12 columns; the tiles' questions are those of queries, checked as they are.
         */
        post: operations["CreateDashboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/dashboards/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One dashboard
         * @description With its tiles. The entity tag is what a change sends as If-Match.
         */
        get: operations["GetDashboard"];
        put?: never;
        post?: never;
        /**
         * Delete a dashboard
         * @description Its links open nothing from then on. It can be brought back for some days.
         */
        delete: operations["DeleteDashboard"];
        options?: never;
        head?: never;
        /**
         * Change what is given, leave the rest
         * @description Send the entity tag of what you changed as If-Match: where somebody was quicker the answer is 412, and nothing is changed.
         */
        patch: operations["ChangeDashboard"];
        trace?: never;
    };
    "/api/projects/{project}/dashboards/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a deleted dashboard back
         * @description As it was, its links too.
         */
        post: operations["RestoreDashboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/dashboards/{id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a copy
         * @description Without the links.
         */
        post: operations["DuplicateDashboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/dashboards/{id}/tiles/{tile}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a tile shows
         * @description Its question with the dashboard's range and filters, or with those given in their place, and the answer, which may be as far behind as Cache-Control: max-age says. With Accept: text/event-stream as a stream, as of a query.
         */
        get: operations["GetTile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/dashboards/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Links that show the dashboard
         * @description Without their tokens, which nobody has any more.
         */
        get: operations["ListDashboardShares"];
        put?: never;
        /**
         * Make a link
         * @description Who has it sees the dashboard without signing in, and nothing else. The token is shown this once.
         */
        post: operations["CreateDashboardShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/dashboards/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a link
         * @description It opens nothing from then on.
         */
        delete: operations["DeleteDashboardShare"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events as they arrive
         * @description Server-sent events: event (uuid, event, distinctId, timestamp, url, browser, os, country) for each stored event, of one name where it is given, up to a rate, unless events is false; and every few seconds online (online, eventsPerMinute, minutes: the events of 30 minutes, oldest first). Ends when its watcher is no member of the project any more.
         */
        get: operations["WatchLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/capacity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same report, for read keys of the project of measures; 404 in every other project */
        get: operations["getCapacityByKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/capacity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much headroom is left, what breaks first, when, and the cheapest next step
         * @description Of the whole server, over the last minute; 503 until something was measured, or where Headroom:Capacity:SampleSeconds is 0.
         */
        get: operations["getCapacity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/capacity/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What one resource did over a time */
        get: operations["getResourceHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/capacity/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a load needs: topology, sizes, utilisation, times, walls and cost
         * @description With the service demands that this installation has measured where it has, else with those of the benchmarks.
         */
        post: operations["planCapacity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/shared/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a link shows
         * @description The dashboard without its questions.
         */
        get: operations["GetSharedDashboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/shared/{token}/tiles/{tile}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a tile of a link shows
         * @description With one of the ranges that the link offers, or the dashboard's own, up to 10 seconds behind. The question comes without its filters.
         */
        get: operations["GetSharedTile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is wrong with the server now, what was, and who is told
         * @description Of the whole server, for operators. Up to 200 that are well again are kept, over restarts too.
         */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that you know of an alert: nobody is reminded of it for a while */
        post: operations["acknowledgeAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/alerts/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test message by every channel, and see what each says */
        post: operations["testAlerts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A person who may sign in. */
        Account: {
            id: string;
            email: string;
            name: string;
            /** @description Runs the server: an owner of every project, who may make more. */
            operator: boolean;
        };
        /** @description What came of adding somebody: exactly one is not null. */
        AddedMember: {
            member: null | components["schemas"]["MemberDetails"];
            invitation: null | components["schemas"]["CreatedInvitation"];
        };
        /** @description One next step. */
        AdvicePiece: {
            /** @description Stable name, as in cache_more */
            id: string;
            /**
             * Format: int32
             * @description Place in the order in which to scale, 0 where nothing is needed, from 1: measure, fix the query or the column, pool, cache, more of this machine, one role out, a larger store or a replica, queue, shard
             */
            step: number;
            title: string;
            /** @description Why, in a sentence or two with the measured values */
            because: string;
            evidence: components["schemas"]["Evidence"][];
            expected: components["schemas"]["ExpectedChange"][];
            /**
             * Format: double
             * @description What it adds to the bill each month in US dollars, from the price table; 0 for what costs nothing, null where nothing is known
             */
            monthlyCost: null | number;
            /** @description How it is priced: provider, what, date of the table; null like the cost */
            costBasis: null | string;
            /** @description What to do, step by step */
            how: string[];
        };
        /** @description Something that is wrong, or was. */
        Alert: {
            /** @description Stable: the same thing has the same id each time, as in part:writer, ledger:1, disk:data, lag:writer, errors:capture, wall:ingest:fsync, alerting:email */
            id: string;
            severity: components["schemas"]["AlertSeverity"];
            title: string;
            /** @description What is wrong and the way out */
            detail: string;
            /** Format: date-time */
            since: string;
            state: components["schemas"]["AlertState"];
            /**
             * Format: date-time
             * @description Null while it fires
             */
            resolvedAt: null | string;
            /**
             * Format: date-time
             * @description Until when nobody is reminded of it and the app keeps it small; null where it is not acknowledged
             */
            acknowledgedUntil: null | string;
        };
        /** @description For how long somebody knows of an alert. */
        AlertAcknowledgement: {
            /**
             * Format: int32
             * @description Hours from now; 24 where it is left out
             */
            hours: null | number;
        };
        /** @description One way on which alerts leave. */
        AlertChannel: {
            /** @description email, or webhook:0, webhook:1 … */
            name: string;
            /** @description To whom: addresses, or the host of a webhook; what is secret in its address is not told */
            target: string;
            /**
             * Format: date-time
             * @description When something last arrived, since the start; null before
             */
            deliveredAt: null | string;
            /** @description Why the last try failed; null where it did not */
            problem: null | string;
        };
        /**
         * @description How much it matters. Ordered: the higher is the worse.
         * @enum {unknown}
         */
        AlertSeverity: "warning" | "critical";
        /** @enum {unknown} */
        AlertState: "firing" | "resolved";
        /** @description What each channel said to a test message. */
        AlertTest: {
            /** @description Empty where no channel is configured */
            channels: components["schemas"]["ChannelAnswer"][];
        };
        /** @description What is wrong now, what was, and who is told. */
        AlertsReport: {
            /** @description The worst first */
            firing: components["schemas"]["Alert"][];
            /** @description What is well again, the latest first */
            resolved: components["schemas"]["Alert"][];
            channels: components["schemas"]["AlertChannel"][];
        };
        /** @description A note of up to 400 characters at a time. A new one needs both; of a change null stays as it is. */
        AnnotationChange: {
            /** Format: date-time */
            at?: null | string;
            text?: null | string;
        };
        AnnotationDetails: {
            /** Format: int32 */
            id: number;
            /**
             * Format: date-time
             * @description The instant that it is about
             */
            at: string;
            text: string;
            /** @description Whoever wrote it, by name; null once that person is gone. */
            author: null | string;
            /** Format: date-time */
            createdAt: string;
        };
        /** @description Splits each series by the values of a property. */
        Breakdown: {
            /** @description Any event property, or event, distinct_id, session_id; with person. in front, one of the event's person as known now. */
            property: string;
            /**
             * Format: int32
             * @description Values shown; the rest is put together as "$other".
             * @default 10
             */
            limit?: number;
        };
        /** @enum {unknown} */
        CacheOutcome: "miss" | "partial" | "hit" | "behind";
        CalibrationPoint: {
            /** Format: int32 */
            concurrency: number;
            /** Format: double */
            eventsPerSecond: number;
            /**
             * Format: double
             * @description By the law with the σ and κ found.
             */
            fitted: number;
        };
        /** @description What `headroom calibrate` measured on this machine. */
        CalibrationReport: {
            /** Format: date-time */
            at: string;
            /**
             * Format: double
             * @description Events a second at the highest throughput that was measured
             */
            eventsPerSecond: number;
            /** Format: double */
            queriesPerSecond: number;
            /**
             * Format: int32
             * @description Processors that the process had then; on a machine with another number the calibration does not count
             */
            processors: number;
            /**
             * Format: double
             * @description Share of all processors' time that one of its events took, in seconds
             */
            secondsPerEvent: number;
            /** Format: double */
            secondsPerQuery: number;
            /**
             * Format: double
             * @description The Universal Scalability Law's contention, σ
             */
            sigma: number;
            /**
             * Format: double
             * @description The Universal Scalability Law's coherency delay, κ
             */
            kappa: number;
            /** @description Throughput at each concurrency that was tried */
            points: components["schemas"]["CalibrationPoint"][];
        };
        /** @description How much headroom is left, what breaks first, when, and the cheapest next step. */
        CapacityReport: {
            /** Format: date-time */
            at: string;
            /** @description One sentence: what breaks first, when, and what to do */
            summary: string;
            /**
             * Format: int32
             * @description 0 well, 1 look at it soon, 2 act now; the exit code of headroom doctor
             */
            severity: number;
            flows: components["schemas"]["FlowHeadroom"][];
            resources: components["schemas"]["ResourceReport"][];
            walls: components["schemas"]["WallForecast"][];
            advice: components["schemas"]["AdvicePiece"][];
            mistakes: components["schemas"]["Mistake"][];
            /** @description What is not well now, one sentence for each part */
            problems: string[];
            calibration: null | components["schemas"]["CalibrationReport"];
            /**
             * Format: int32
             * @description That the process with the Writer may use; demands are shares of all of those of their process
             */
            processors?: number;
            /** @description All that measure, the one that makes this report first; a gateway does not, and one that told nothing for three samples is left out */
            processes?: components["schemas"]["ProcessReport"][];
        };
        /** @description What a channel said to a message. */
        ChannelAnswer: {
            name: string;
            target: string;
            /** @description Whether it took the message */
            ok: boolean;
            /** @description Its own words, or why it was not reached */
            said: string;
        };
        /** @description A cohort to be made or changed; what is left out stays. One of condition, members and from says who is in it. */
        CohortChange: {
            name?: null | string;
            condition?: null | components["schemas"]["CohortCondition"];
            members?: null | components["schemas"]["CohortMembers"];
            from?: null | components["schemas"]["PersonsQuery"];
        };
        /** @description Who is in a cohort, as a condition on persons. What each kind means is in docs/insights.md. */
        CohortCondition: components["schemas"]["CohortConditionCohortAll"] | components["schemas"]["CohortConditionCohortAny"] | components["schemas"]["CohortConditionCohortPerson"] | components["schemas"]["CohortConditionCohortDid"];
        /** @description All of these conditions hold. */
        CohortConditionCohortAll: {
            /** @enum {string} */
            kind?: "all";
            of: components["schemas"]["CohortCondition"][];
        };
        /** @description One of these conditions holds, or several. */
        CohortConditionCohortAny: {
            /** @enum {string} */
            kind?: "any";
            of: components["schemas"]["CohortCondition"][];
        };
        /** @description How often the person has events that meet all filters in a range; exactly 0 times: never. */
        CohortConditionCohortDid: {
            /** @enum {string} */
            kind?: "did";
            range: components["schemas"]["QueryRange"];
            event?: null | string;
            comparison?: components["schemas"]["CohortTimes"];
            /**
             * Format: int32
             * @default 1
             */
            times?: number;
            filters?: components["schemas"]["PropertyFilter"][];
        };
        /** @description The person meets all filters now. */
        CohortConditionCohortPerson: {
            /** @enum {string} */
            kind?: "person";
            /** @description On properties of persons: person. and the name. */
            filters: components["schemas"]["PropertyFilter"][];
        };
        /** @description A cohort. As a filter or breakdown it is the property cohort. and its number: true for those who are in it. */
        CohortDetails: {
            /** Format: int32 */
            id: number;
            name: string;
            condition: null | components["schemas"]["CohortCondition"];
            /**
             * Format: int64
             * @description Persons in it, of those known and those with an event; null where nobody has asked yet.
             */
            size: null | number;
            /**
             * Format: date-time
             * @description When the size was counted.
             */
            computedAt: null | string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description Persons of a list. Those who are not known are left out. */
        CohortMembers: {
            distinctIds?: string[];
            /** @description Uuids of persons. */
            persons?: string[];
        };
        /**
         * @default at_least
         * @enum {unknown}
         */
        CohortTimes: "at_least" | "at_most" | "exactly";
        CreatedDashboardShare: {
            share: components["schemas"]["DashboardShare"];
            /** @description Shown this once. The link is /shared/ and the token, the page for a frame /embed/ and the token. */
            token: string;
        };
        CreatedInvitation: {
            invitation: components["schemas"]["InvitationDetails"];
            /** @description Shown this once; the link is /invite/ and this */
            token: string;
        };
        CreatedKey: {
            id: string;
            /**
             * @description What the key is for
             * @enum {string}
             */
            kind: "write" | "read";
            name: string;
            /** @description A read key is shown this once */
            key: string;
            prefix: string;
            /** Format: date-time */
            createdAt: string;
        };
        CreatedProject: {
            project: components["schemas"]["ProjectDetails"];
            writeKey: string;
            /** @description Shown this once */
            readKey: string;
        };
        /** @description A dashboard to be made or changed; what is left out stays. A list takes the place of the one before. */
        DashboardChange: {
            name?: null | string;
            description?: null | string;
            range?: null | components["schemas"]["QueryRange"];
            /** @description Hold for all tiles, with the tiles' own. */
            filters?: null | components["schemas"]["PropertyFilter"][];
            /**
             * Format: int32
             * @description How often its pages read the tiles again; 0 for never.
             */
            refreshSeconds?: null | number;
            tiles?: null | components["schemas"]["DashboardTile"][];
        };
        /** @description A dashboard. Its version is the entity tag of the answer. */
        DashboardDetails: {
            /** Format: int32 */
            id: number;
            name: string;
            description: string;
            range: null | components["schemas"]["QueryRange"];
            /** @description Hold for all tiles, with the tiles' own. */
            filters: components["schemas"]["PropertyFilter"][];
            /**
             * Format: int32
             * @description How often its pages read the tiles again; 0 for never.
             */
            refreshSeconds: number;
            tiles: components["schemas"]["DashboardTile"][];
            /** Format: date-time */
            createdAt: string;
            /** @description The name of who made it; null where that is not known any more. */
            createdBy: null | string;
            /** Format: date-time */
            updatedAt: string;
            /**
             * Format: int64
             * @description What If-Match asks for: the number in the entity tag.
             */
            version: number;
        };
        /** @description A link that shows a dashboard, as it may be seen at any time. */
        DashboardShare: {
            /** Format: int32 */
            id: number;
            /** @description For whom it is. */
            name: string;
            /** @description The first characters of the token. */
            prefix: string;
            /** @description Whether a reader may choose another range, of those that are offered. */
            chooseRange: boolean;
            /** @description Sites that may show it in a frame. */
            embedOrigins: string[];
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description From then on it opens nothing; null for never.
             */
            expiresAt: null | string;
        };
        /** @description A dashboard in a list. */
        DashboardSummary: {
            /** Format: int32 */
            id: number;
            name: string;
            description: string;
            /**
             * Format: int32
             * @description How many there are.
             */
            tiles: number;
            /**
             * Format: int32
             * @description Links that show it to who has them.
             */
            shares: number;
            /** Format: date-time */
            createdAt: string;
            /** @description The name of who made it; null where that is not known any more. */
            createdBy: null | string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A place on a dashboard with a question, on a grid of 12 columns. */
        DashboardTile: {
            /**
             * Format: int32
             * @description Its number within the dashboard; left out of a new one.
             */
            id?: null | number;
            title: string;
            query: components["schemas"]["InsightQuery"];
            /** @description How the answer is drawn, where its kind leaves a choice. */
            display?: components["schemas"]["TileDisplay"];
            /** @description Which figure of the answer is drawn, by its name there, of kinds with several (sessions and web); their first where it is left out. */
            figure?: null | string;
            /**
             * Format: int32
             * @description The first column, from 0.
             */
            x: number;
            /**
             * Format: int32
             * @description The first row, from 0.
             */
            y: number;
            /**
             * Format: int32
             * @description In columns.
             */
            width: number;
            /**
             * Format: int32
             * @description In rows.
             */
            height: number;
        };
        /** @description What people say of names; what is left out stays. */
        DefinitionChange: {
            kind?: null | components["schemas"]["DefinitionOf"];
            /** @description Of events or properties, as they are sent; from 1 to 500. */
            names?: string[];
            /** @description At most 2,000 characters; an empty one takes it away. */
            description?: null | string;
            /** @description Left out where names are offered; questions still answer it. */
            hidden?: null | boolean;
        };
        /** @description What people say of a name. */
        DefinitionDetails: {
            name: string;
            /** @description Null for nothing. */
            description: null | string;
            hidden: boolean;
            /** @description Null where it was nobody who is still there. */
            changedBy: null | string;
            /** Format: date-time */
            changedAt: string;
        };
        /** @enum {unknown} */
        DefinitionOf: "event" | "property" | null;
        /** @description The receipt for a person's removal. It holds nothing of the person but the uuid. */
        DeletionReceipt: {
            /** Format: uuid */
            id: string;
            /**
             * Format: uuid
             * @description The person's uuid
             */
            person: string;
            /** @description Who asked for it */
            requestedBy: string;
            /** Format: date-time */
            requestedAt: string;
            /**
             * @description waiting until what was received before is stored, running while events are removed, then done; failed while something is in the way
             * @enum {string}
             */
            state: "waiting" | "running" | "done" | "failed";
            /** @description What is in the way of one that failed */
            reason: null | string;
            /**
             * Format: int32
             * @description Distinct ids forgotten
             */
            distinctIds: number;
            /**
             * Format: int64
             * @description Events removed, so far
             */
            events: number;
            /**
             * Format: int32
             * @description Segments written again without them, or dropped, so far
             */
            segments: number;
            /** Format: date-time */
            completedAt: null | string;
            /**
             * Format: date-time
             * @description When the event log will hold no copy any more; null where nothing bounds it
             */
            logClearedBy: null | string;
            /**
             * Format: date-time
             * @description When it was seen to hold none; null until then
             */
            logClearedAt: null | string;
            /** @description SHA-256 over the receipt's other fields, once done */
            checksum: null | string;
        };
        /** @description A value with the range in which it lies at the stated rate. */
        Estimate: {
            /** Format: double */
            value: number;
            /**
             * Format: double
             * @description At most the value.
             */
            low: number;
            /**
             * Format: double
             * @description At least the value.
             */
            high: number;
        };
        /** @description How often events of each name came. */
        EventActivity: {
            /**
             * Format: date
             * @description The first of the days, in the project's time zone.
             */
            from: string;
            /**
             * Format: date
             * @description The last of the days, today.
             */
            to: string;
            /**
             * Format: int32
             * @description Names that there are, also where not all of them are listed.
             */
            total: number;
            /** @description Those that came most often on these days first. */
            events: components["schemas"]["EventActivityItem"][];
        };
        /** @description How often events of one name came. */
        EventActivityItem: {
            name: string;
            /** @description What people wrote of it; null for nothing. */
            description: null | string;
            hidden: boolean;
            /**
             * Format: int64
             * @description Of all time.
             */
            count: number;
            /**
             * Format: int64
             * @description On these days.
             */
            recent: number;
            /**
             * Format: date-time
             * @description To a quarter of an hour.
             */
            firstSeen: string;
            /**
             * Format: date-time
             * @description To a quarter of an hour.
             */
            lastSeen: string;
            /** @description On each day, the oldest first. */
            days: number[];
        };
        /** @description An event's name and how often it came. */
        EventDefinition: {
            name: string;
            /** Format: int64 */
            count: number;
            /** Format: date-time */
            lastSeen: string;
            /** @description What people wrote of it; null for nothing. */
            description: null | string;
            /** @description Left out of lists that do not ask for hidden ones. */
            hidden: boolean;
        };
        /** @description One event with all its properties, and the person behind it. */
        EventDetails: {
            /** Format: uuid */
            uuid: string;
            event: string;
            distinctId: string;
            /**
             * Format: int64
             * @description The person as of now, merges applied; 0 for a group event, which belongs to nobody.
             */
            personKey: number;
            sessionId: null | string;
            /** Format: date-time */
            timestamp: string;
            /** Format: date-time */
            receivedAt: string;
            properties: {
                [key: string]: unknown;
            };
            person: null | components["schemas"]["EventPerson"];
        };
        /** @description One event with all its properties, of every kind. */
        EventItem: {
            /** Format: uuid */
            uuid: string;
            event: string;
            distinctId: string;
            /**
             * Format: int64
             * @description The person as of now, merges applied; 0 for a group event, which belongs to nobody.
             */
            personKey: number;
            sessionId: null | string;
            /** Format: date-time */
            timestamp: string;
            /** Format: date-time */
            receivedAt: string;
            properties: {
                [key: string]: unknown;
            };
        };
        /** @description A person as of now. */
        EventPerson: {
            /** Format: int64 */
            key: number;
            /** Format: uuid */
            uuid: string;
            /** Format: date-time */
            createdAt: string;
            isIdentified: boolean;
            properties: {
                [key: string]: unknown;
            };
        };
        /** @description Which events are meant: those of a name, or any, that meet all filters. */
        EventSelector: {
            /** @description The event's name; null for any event. */
            event?: null | string;
            /** @description How it is called in the answer; null for a name made from the event. */
            name?: null | string;
            filters?: components["schemas"]["PropertyFilter"][];
        };
        /** @description One page of the events explorer, newest first. */
        EventsPage: {
            events: components["schemas"]["EventItem"][];
            /** @description The cursor of the next page, or null on the last. */
            next: null | string;
        };
        /** @description A measured value on which advice rests. */
        Evidence: {
            measure: string;
            /** Format: double */
            value: number;
            unit: string;
        };
        /** @description What is expected of following advice, computed with the queueing model over the measured demands. */
        ExpectedChange: {
            /** @description As in "ceiling of ingest" or "p99 of queries". */
            measure: string;
            /** Format: double */
            before: number;
            /** Format: double */
            after: number;
            unit: string;
        };
        /** @enum {unknown} */
        FilterOperator: "is" | "is_not" | "contains" | "not_contains" | "matches" | "greater_than" | "greater_or_equal" | "less_than" | "less_or_equal" | "is_set" | "is_not_set";
        /**
         * @description What a ceiling limits.
         * @enum {unknown}
         */
        Flow: "ingest" | "queries" | "storage";
        /** @description How much more of one flow this installation takes. */
        FlowHeadroom: {
            flow: components["schemas"]["Flow"];
            /** @description events/s, queries/s or bytes */
            unit: string;
            /** Format: double */
            load: number;
            ceiling: null | components["schemas"]["Estimate"];
            headroom: null | components["schemas"]["Estimate"];
            /** @description Name of the resource that breaks first; null like the ceiling */
            binding: null | string;
            /**
             * @description calibrated: the ceilings were measured with synthetic load; observed: they follow from the service demand of the load there was; not_enough_load: nothing can be said yet
             * @enum {string}
             */
            basis: "calibrated" | "observed" | "not_enough_load";
            daysLeft: null | components["schemas"]["Estimate"];
            /**
             * Format: double
             * @description Seconds within which 99 of a hundred requests with events, or queries that the store ran, were answered over the last ten minutes; null for storage, and where there were fewer than a hundred
             */
            p99?: null | number;
        };
        /** @description A day of a load's history or forecast: its busiest minute, or the bytes at its end. */
        ForecastDay: {
            /** Format: date */
            day: string;
            /** Format: double */
            load: number;
            /**
             * Format: double
             * @description Equal to load in the past.
             */
            low: number;
            /** Format: double */
            high: number;
            isForecast: boolean;
        };
        /**
         * @default first_touch
         * @enum {unknown}
         */
        FunnelAttribution: "first_touch" | "last_touch" | "step" | "all_events";
        /** @description Persons who needed at least FromSeconds and less than a bin's width more. */
        FunnelBin: {
            /** Format: int64 */
            fromSeconds: number;
            /** Format: int64 */
            persons: number;
        };
        FunnelBreakdown: {
            /** @description Any event property, or event, distinct_id, session_id. */
            property: string;
            /**
             * Format: int32
             * @description Values shown; the rest is put together as "$other".
             * @default 10
             */
            limit?: number;
            /** @description Which event's value a person is counted under. */
            attribution?: components["schemas"]["FunnelAttribution"];
            /**
             * Format: int32
             * @description The step, from 1, where the attribution is by step.
             */
            step?: null | number;
        };
        /** @description After int FunnelExclusion.FromStep and before int FunnelExclusion.ToStep, counted from 1. In any order: between whichever steps. */
        FunnelExclusion: {
            /** Format: int32 */
            fromStep: number;
            /** Format: int32 */
            toStep: number;
            /** @description The event's name; null for any event. */
            event?: null | string;
            /** @description How it is called in the answer; null for a name made from the event. */
            name?: null | string;
            filters?: components["schemas"]["PropertyFilter"][];
        };
        /** @enum {unknown} */
        FunnelOrder: "ordered" | "strict" | "any";
        FunnelPoint: {
            /** Format: int64 */
            entered: number;
            /** Format: int64 */
            converted: number;
            /** Format: double */
            conversion: null | number;
        };
        FunnelSeries: {
            /** @description The value as text; null where there is none; "$other" for those past the limit; absent without a breakdown. */
            breakdown?: null | string;
            /**
             * Format: int64
             * @description Persons who took the first step.
             */
            entered: number;
            /**
             * Format: int64
             * @description Persons who took all that must be taken.
             */
            converted: number;
            /**
             * Format: double
             * @description Null of nobody.
             */
            conversion: null | number;
            /**
             * Format: int64
             * @description Persons who have not converted and whose window reaches past the end of the range: they still may.
             */
            truncated: number;
            /**
             * Format: int64
             * @description Persons whom an exclusion took out; they are in no other number.
             */
            excluded: number;
            steps?: null | components["schemas"]["FunnelStepResult"][];
            timeToConvert?: null | components["schemas"]["FunnelTimes"];
            /** @description One for each bucket. */
            overTime?: null | components["schemas"]["FunnelPoint"][];
        };
        FunnelStep: {
            /** @description The funnel goes on without it too. Neither the first nor the last. */
            optional?: boolean;
            /** @description The event's name; null for any event. */
            event?: null | string;
            /** @description How it is called in the answer; null for a name made from the event. */
            name?: null | string;
            filters?: components["schemas"]["PropertyFilter"][];
        };
        /** @description Times and rates are null where there is nobody to take them of, and at the first step. */
        FunnelStepResult: {
            /**
             * Format: int32
             * @description From 1. In any order: how many steps were taken.
             */
            step: number;
            name: string;
            optional: boolean;
            /** Format: int64 */
            persons: number;
            /**
             * Format: int64
             * @description Persons who took the step before that must be taken, and not this one.
             */
            droppedOff: number;
            /** Format: double */
            conversionFromFirst: null | number;
            /** Format: double */
            conversionFromPrevious: null | number;
            /** Format: double */
            meanSecondsFromPrevious: null | number;
            /** Format: double */
            medianSecondsFromPrevious: null | number;
            /** Format: double */
            meanSecondsFromFirst: null | number;
            /** Format: double */
            medianSecondsFromFirst: null | number;
        };
        FunnelTimes: {
            /**
             * Format: int64
             * @description The width of each bin.
             */
            binSeconds: number;
            /** @description Without gaps; empty where nobody converted. */
            bins: components["schemas"]["FunnelBin"][];
            /** Format: double */
            meanSeconds: null | number;
            /** Format: double */
            medianSeconds: null | number;
        };
        /** @enum {unknown} */
        FunnelView: "steps" | "time_to_convert" | "over_time";
        /** @description A length of time; a day is 24 hours. */
        FunnelWindow: {
            /**
             * Format: int32
             * @default 14
             */
            count?: number;
            unit?: components["schemas"]["FunnelWindowUnit"];
        };
        /**
         * @default day
         * @enum {unknown}
         */
        FunnelWindowUnit: "second" | "minute" | "hour" | "day" | "week";
        /** @description A point of a resource's history. */
        HistoryPoint: {
            /** Format: date-time */
            at: string;
            /** Format: double */
            utilisation: number;
            /** Format: double */
            saturation: number;
            /** Format: double */
            throughput: number;
            /** Format: double */
            errorsPerSecond: number;
        };
        HttpValidationProblemDetails: {
            type?: null | string;
            title?: null | string;
            /** Format: int32 */
            status?: null | number;
            detail?: null | string;
            instance?: null | string;
            errors?: {
                [key: string]: string[];
            };
        };
        /** @description A column of a CSV file. */
        ImportColumn: {
            name: string;
            /** @description Its first value that is not empty */
            example: null | string;
            /**
             * @description The field that it becomes, or by name and example should become where no map is given; null for a property
             * @enum {null|string}
             */
            field: "event" | "distinct_id" | "timestamp" | "uuid" | null;
        };
        /** @description One import, as it is now. */
        ImportDetails: {
            /** Format: uuid */
            id: string;
            /** @description The file's name, as whoever sent it said */
            name: string;
            state: components["schemas"]["ImportState"];
            /** @description Why it ended before the file did, and the way out */
            problem: null | string;
            /** Format: date-time */
            startedAt: string;
            /** Format: date-time */
            endedAt: null | string;
            /**
             * Format: int64
             * @description Read of the file, as sent
             */
            bytes: number;
            /**
             * Format: int64
             * @description Of the file, where the request said so
             */
            totalBytes: null | number;
            /**
             * Format: int64
             * @description Rows read
             */
            rows: number;
            /**
             * Format: int64
             * @description Events on disk, those among them that were there already
             */
            taken: number;
            /**
             * Format: int64
             * @description Rows that are no event, or one that is not taken
             */
            refused: number;
            /**
             * Format: int64
             * @description Of those taken, how many were there already, by the project's ledger; null where it is not known yet
             */
            duplicates: null | number;
            /** @description The first of the refused rows, at most 100 */
            refusals: components["schemas"]["RefusedRow"][];
            /**
             * Format: date-time
             * @description The earliest time of the events taken
             */
            from: null | string;
            /**
             * Format: date-time
             * @description The latest
             */
            to: null | string;
        };
        /** @description Imports of a project that run, and those that ended lately: the newest first, at most 20, until the server starts again. */
        ImportList: {
            imports: components["schemas"]["ImportDetails"][];
            /**
             * Format: int64
             * @description A file may have so many bytes
             */
            maxFileBytes: number;
        };
        /** @description What a file looks like, from its beginning. */
        ImportPreview: {
            /**
             * @description What it is read as; null where it looks like nothing that can be imported
             * @enum {null|string}
             */
            format: "ndjson" | "csv" | "log" | null;
            /** @description What separates the columns of a CSV file */
            delimiter: null | string;
            /** @description Of a CSV file; empty for others */
            columns: components["schemas"]["ImportColumn"][];
            /** @description Why the file cannot be imported in this way */
            problem: null | string;
            /** @description The first rows that are events */
            events: components["schemas"]["PreviewedEvent"][];
            /** @description Rows before and among them that are none */
            refusals: components["schemas"]["RefusedRow"][];
        };
        /**
         * @description How far an import is.
         * @enum {unknown}
         */
        ImportState: "running" | "storing" | "done" | "cancelled" | "stopped";
        /** @description A point of an answer. Which of the members have a meaning depends on the kind of query. */
        InsightPoint: {
            /**
             * Format: int32
             * @description Trends and stickiness: the number of the series, from 0; a trend's formulas are counted on after the series, and behind
             *     one are the persons behind each series that it uses.
             */
            series?: null | number;
            /**
             * Format: int32
             * @description Trends, funnels over time, lifecycle, sessions and web: the number of the bucket, from 0; left out for the whole range, which the lifecycle does not have.
             */
            bucket?: null | number;
            /** @description Trends, sessions and web: of the period before, where the query compares. */
            compare?: boolean;
            /** @description Where the query breaks down: the value as the answer says it, null for the events without one. For all values together leave the breakdown out of the query. */
            breakdown?: null | string;
            /**
             * Format: int32
             * @description Funnel: the step, from 1. Paths: the step of the edge, from 1.
             */
            step?: null | number;
            /** @description Funnel: those who took the step before that must be taken and not this one, instead of those who took this one. */
            droppedOff?: boolean;
            /**
             * Format: int64
             * @description Funnel: only those who took the step at least so many seconds after step 1, as a bin of the time to convert begins.
             */
            fromSeconds?: null | number;
            /**
             * Format: int64
             * @description Funnel: only those who took the step less than so many seconds after step 1, as a bin ends.
             */
            toSeconds?: null | number;
            /** @description Paths: where the edge begins and ends. */
            from?: null | string;
            to?: null | string;
            /**
             * Format: int32
             * @description Retention: the number of the cohort, from 0; left out for all of them together, as in the overall row.
             */
            cohort?: null | number;
            /**
             * Format: int32
             * @description Retention: the number of the column, from 0, for those who came back in it; left out for the whole cohort.
             */
            column?: null | number;
            /**
             * Format: int32
             * @description Stickiness: active in so many intervals (or more, where the query is cumulative), from 1.
             */
            intervals?: null | number;
            status?: null | components["schemas"]["LifecycleStatus"];
            vital?: null | components["schemas"]["WebVitalName"];
            by?: null | components["schemas"]["SessionProperty"];
            /** @description Web: the property of events by which the list was asked for that the row is of. */
            eventProperty?: null | string;
            /** @description Web: the row's value as the answer says it, null for the visits without one. */
            value?: null | string;
        };
        /** @description A question to a project's events, as a typed document. What each number means is in docs/insights.md. */
        InsightQuery: components["schemas"]["InsightQueryTrendsQuery"] | components["schemas"]["InsightQueryPathsQuery"] | components["schemas"]["InsightQueryFunnelQuery"] | components["schemas"]["InsightQueryRetentionQuery"] | components["schemas"]["InsightQueryStickinessQuery"] | components["schemas"]["InsightQueryLifecycleQuery"] | components["schemas"]["InsightQuerySessionsQuery"] | components["schemas"]["InsightQueryWebQuery"];
        /** @description How many persons take steps one after the other within a time, and where they are lost. */
        InsightQueryFunnelQuery: {
            /** @enum {string} */
            kind?: "funnel";
            steps: components["schemas"]["FunnelStep"][];
            range: components["schemas"]["QueryRange"];
            order?: components["schemas"]["FunnelOrder"];
            view?: components["schemas"]["FunnelView"];
            interval?: components["schemas"]["Interval"];
            /** @description The time from step 1 on in which the others must follow; 14 days where it is left out. */
            window?: components["schemas"]["FunnelWindow"];
            /** @description Events that take a person out where they lie between steps. */
            exclusions?: components["schemas"]["FunnelExclusion"][];
            /** @description Hold for every event that is looked at. */
            filters?: components["schemas"]["PropertyFilter"][];
            breakdown?: null | components["schemas"]["FunnelBreakdown"];
            unit?: null | components["schemas"]["QueryUnit"];
        };
        /** @description Who is new, who comes back, and who stays away, interval by interval. */
        InsightQueryLifecycleQuery: {
            /** @enum {string} */
            kind?: "lifecycle";
            /** @description Where it begins or ends inside an interval, the whole interval is taken. */
            range: components["schemas"]["QueryRange"];
            /** @description Hour, day, week or month. */
            interval?: components["schemas"]["Interval"];
            /** @description What counts as active; any event where it is left out. */
            activity?: components["schemas"]["EventSelector"];
            filters?: components["schemas"]["PropertyFilter"][];
            breakdown?: null | components["schemas"]["Breakdown"];
            unit?: null | components["schemas"]["QueryUnit"];
        };
        /** @description Which ways persons take through pages, screens and events, as the most frequent edges between steps. */
        InsightQueryPathsQuery: {
            /** @enum {string} */
            kind?: "paths";
            range: components["schemas"]["QueryRange"];
            /**
             * Format: int32
             * @default 5
             */
            steps?: number;
            /**
             * Format: int32
             * @default 50
             */
            edges?: number;
            /**
             * Format: int32
             * @default 1
             */
            minimumCount?: number;
            /** @description What can be a step; pages where it is left out. */
            include?: components["schemas"]["PathItemKind"][];
            /** @description Only ways through this step, from its first visit on. */
            startPoint?: null | string;
            /** @description Only ways through this step, up to its first visit (after the start point, where there is one). */
            endPoint?: null | string;
            /** @description Steps that are left out as if they had not been. */
            exclude?: string[];
            /** @description Patterns in which * stands for any characters: steps that match one count as that one. */
            groupings?: string[];
            filters?: components["schemas"]["PropertyFilter"][];
            breakdown?: null | components["schemas"]["Breakdown"];
            unit?: null | components["schemas"]["QueryUnit"];
        };
        /** @description How many of the persons who did one thing came back to do another, interval by interval. */
        InsightQueryRetentionQuery: {
            /** @enum {string} */
            kind?: "retention";
            /** @description What makes a person part of a cohort. */
            start: components["schemas"]["EventSelector"];
            /** @description What counts as coming back. */
            return: components["schemas"]["EventSelector"];
            /** @description When the start lies; returns are looked for after it too. */
            range: components["schemas"]["QueryRange"];
            /** @description Hour, day, week or month: the width of cohorts and of the intervals after them. */
            interval?: components["schemas"]["Interval"];
            /**
             * Format: int32
             * @description How far to look for returns; 7 where it is left out. Left out with brackets.
             */
            intervals?: null | number;
            /** @description Which start of a person counts. */
            cohortBy?: components["schemas"]["RetentionCohort"];
            /** @description How the intervals after the start are measured. */
            mode?: components["schemas"]["RetentionMode"];
            /**
             * Format: int32
             * @description Returns needed within an interval (a bracket, where there are some).
             * @default 1
             */
            minimumReturns?: number;
            /** @description Hold for starts and returns. */
            filters?: components["schemas"]["PropertyFilter"][];
            /** @description The last interval of each bracket, ascending: 1, 3, 7 are the intervals 1, 2 to 3 and 4 to 7. Empty for each interval by itself. */
            brackets?: number[];
            breakdown?: null | components["schemas"]["Breakdown"];
            unit?: null | components["schemas"]["QueryUnit"];
        };
        /** @description How many sessions there are, how long they last, and how many of them bounce. */
        InsightQuerySessionsQuery: {
            /** @enum {string} */
            kind?: "sessions";
            range: components["schemas"]["QueryRange"];
            interval?: components["schemas"]["Interval"];
            /**
             * Format: int32
             * @description A session that lasts at least so long is no bounce.
             * @default 10
             */
            bounceSeconds?: number;
            /** @description Of a session property, or of an event that the session must have. */
            filters?: components["schemas"]["PropertyFilter"][];
            breakdown?: null | components["schemas"]["SessionsBreakdown"];
            /** @description Also answers for the period of the same length just before. */
            compare?: boolean;
        };
        /** @description In how many different intervals of a range persons were active: how many persons in one, in two … */
        InsightQueryStickinessQuery: {
            /** @enum {string} */
            kind?: "stickiness";
            /** @description What counts as active, for each series. */
            series: components["schemas"]["EventSelector"][];
            range: components["schemas"]["QueryRange"];
            /** @description Hour, day, week or month. */
            interval?: components["schemas"]["Interval"];
            /**
             * @description Counts persons active in so many intervals or more.
             * @default false
             */
            cumulative?: boolean;
            /** @description Hold for every series. */
            filters?: components["schemas"]["PropertyFilter"][];
            breakdown?: null | components["schemas"]["Breakdown"];
            unit?: null | components["schemas"]["QueryUnit"];
        };
        /** @description One number for each bucket of time, for each series, and for each value of a property where broken down. */
        InsightQueryTrendsQuery: {
            /** @enum {string} */
            kind?: "trends";
            series: components["schemas"]["TrendsSeries"][];
            range: components["schemas"]["QueryRange"];
            interval?: components["schemas"]["Interval"];
            /** @description Hold for every series. */
            filters?: components["schemas"]["PropertyFilter"][];
            breakdown?: null | components["schemas"]["Breakdown"];
            /** @description Also answers for the period of the same length just before. */
            compare?: boolean;
            unit?: null | components["schemas"]["QueryUnit"];
            /** @description Lines computed from those of the series, and put after them. */
            formulas?: components["schemas"]["TrendsFormula"][];
            /**
             * Format: int32
             * @description Each point is the average of so many points, itself the last of them; null for none.
             */
            smoothing?: null | number;
            /** @description Each point is of everything from the beginning of its period to its own end. */
            cumulative?: boolean;
        };
        /** @description A site on one page: its visitors, where they come from, what they look at and with what, in the parts that are asked for. */
        InsightQueryWebQuery: {
            /** @enum {string} */
            kind?: "web";
            range: components["schemas"]["QueryRange"];
            interval?: components["schemas"]["Interval"];
            /**
             * Format: int32
             * @description Pages shown with the vitals.
             * @default 10
             */
            vitalPages?: number;
            /** @description The totals and the series where it is left out. May be empty beside lists. */
            parts?: components["schemas"]["WebPart"][];
            lists?: components["schemas"]["WebListQuery"][];
            /** @description Of a session property, or of an event that the visit must have; see docs/insights.md. */
            filters?: components["schemas"]["PropertyFilter"][];
            /** @description Also answers totals, series and the rows of lists for the period of the same length just before. */
            compare?: boolean;
        };
        /** @description An answer, of the kind of its question. */
        InsightResult: components["schemas"]["InsightResultTrendsResult"] | components["schemas"]["InsightResultPathsResult"] | components["schemas"]["InsightResultFunnelResult"] | components["schemas"]["InsightResultRetentionResult"] | components["schemas"]["InsightResultStickinessResult"] | components["schemas"]["InsightResultLifecycleResult"] | components["schemas"]["InsightResultSessionsResult"] | components["schemas"]["InsightResultWebResult"];
        InsightResultFunnelResult: {
            /** @enum {string} */
            kind?: "funnel";
            /** @description IANA name. */
            timeZone: string;
            order: components["schemas"]["FunnelOrder"];
            view: components["schemas"]["FunnelView"];
            /** Format: int64 */
            windowSeconds: number;
            /** @description The start of each bucket where the view is over time. */
            buckets?: null | string[];
            /** @description One for each value of the breakdown, the most persons first; a single one without. */
            series: components["schemas"]["FunnelSeries"][];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultLifecycleResult: {
            /** @enum {string} */
            kind?: "lifecycle";
            /** @description IANA name. */
            timeZone: string;
            interval: components["schemas"]["Interval"];
            /** @description The start of each interval, with the zone's offset at it. */
            buckets: string[];
            /** @description One for each interval. In one that goes on, those who are dormant may still come. */
            states: components["schemas"]["IntervalState"][];
            /** @description Persons, one number for each interval, as are the following. */
            new: number[];
            returning: number[];
            resurrecting: number[];
            /** @description Positive, though it is drawn below zero. */
            dormant: number[];
            /** @description One for each value of the breakdown, the most persons first; absent without one. */
            series?: null | components["schemas"]["LifecycleSeries"][];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultPathsResult: {
            /** @enum {string} */
            kind?: "paths";
            /** @description IANA name. */
            timeZone: string;
            /** @description Most frequent first. */
            edges: components["schemas"]["PathEdge"][];
            /**
             * Format: int64
             * @description Ways that were looked at: at least one step, and through the points asked for.
             */
            ways: number;
            /** @description Whether there are more edges than were asked for. */
            more: boolean;
            /** @description One for each value of the breakdown, the most persons first; absent without one. */
            series?: null | components["schemas"]["PathsSeries"][];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultRetentionResult: {
            /** @enum {string} */
            kind?: "retention";
            /** @description IANA name. */
            timeZone: string;
            interval: components["schemas"]["Interval"];
            mode: components["schemas"]["RetentionMode"];
            cohortBy: components["schemas"]["RetentionCohort"];
            /** @description What the cells of a row are, in order: so many intervals after the start. */
            columns: components["schemas"]["RetentionColumn"][];
            /** @description One for each value of the breakdown, the most persons first; a single one without. */
            series: components["schemas"]["RetentionSeries"][];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultSessionsResult: {
            /** @enum {string} */
            kind?: "sessions";
            /** @description IANA name. */
            timeZone: string;
            interval: components["schemas"]["Interval"];
            /** @description The start of each bucket, with the zone's offset at it. */
            buckets: string[];
            /** @description One for each value of the breakdown, the most sessions first; a single one without. */
            series: components["schemas"]["SessionsSeries"][];
            /** @description Absent without comparison. */
            compareBuckets?: null | string[];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultStickinessResult: {
            /** @enum {string} */
            kind?: "stickiness";
            /** @description IANA name. */
            timeZone: string;
            interval: components["schemas"]["Interval"];
            cumulative: boolean;
            /**
             * Format: int32
             * @description Intervals of the range, the present one included: the most that a person can have been active in.
             */
            intervals: number;
            /** @description With a breakdown those of the first series, the most persons first, then those of the second, and so on. */
            series: components["schemas"]["StickinessSeries"][];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultTrendsResult: {
            /** @enum {string} */
            kind?: "trends";
            /** @description IANA name. */
            timeZone: string;
            interval: components["schemas"]["Interval"];
            /** @description The start of each bucket, with the zone's offset at it. */
            buckets: string[];
            series: components["schemas"]["TrendsSeriesResult"][];
            /** @description Absent without comparison. */
            compareBuckets?: null | string[];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        InsightResultWebResult: {
            /** @enum {string} */
            kind?: "web";
            /** @description IANA name. */
            timeZone: string;
            totals?: null | components["schemas"]["WebFigures"];
            series?: null | components["schemas"]["WebSeries"];
            compare?: null | components["schemas"]["WebComparison"];
            /** @description In the order of the query. */
            lists?: null | components["schemas"]["WebList"][];
            vitals?: null | components["schemas"]["WebVitals"];
            /**
             * Format: int64
             * @description Grows with the project's data.
             */
            dataVersion: number;
            /** Format: date-time */
            computedAt: string;
            /** Format: double */
            elapsedMs: number;
            /** @description Where the answer comes from. */
            cache?: components["schemas"]["CacheOutcome"];
            /**
             * Format: double
             * @description Since it was computed. It is right all the same, unless it is CacheOutcome.Behind: nothing that it depends on has changed since.
             */
            ageMs?: number;
            /**
             * Format: double
             * @description 0, or of an answer that is CacheOutcome.Behind the time since it was known to be right.
             */
            behindMs?: number;
            /**
             * Format: int64
             * @description Rows that had to be scanned for this answer, as estimated before; 0 from the cache.
             */
            estimatedRows?: number;
            /**
             * Format: int32
             * @description Columns that had to be read of each row, by the statement that reads most; 0 from the cache.
             */
            estimatedColumns?: number;
            /**
             * Format: int64
             * @description Bytes of files that had to be read, estimated by the columns' share of them; 0 from the cache.
             */
            estimatedBytes?: number;
            /**
             * Format: double
             * @description Time that its statements waited for their turn; part of ElapsedMs.
             */
            queuedMs?: number;
        };
        /** @enum {unknown} */
        Interval: "minute" | "hour" | "day" | "week" | "month";
        /**
         * @description Whether a stretch of time is over as of when the answer was computed.
         * @enum {unknown}
         */
        IntervalState: "over" | "going_on" | "not_begun";
        /** @description The password is the account's, or that of the new one; the name is for a new one and may be left out. */
        InvitationAnswer: {
            password?: null | string;
            name?: null | string;
        };
        /** @description A link that waits to be opened; without its token, which nobody has any more. */
        InvitationDetails: {
            id: string;
            email: string;
            /** @enum {string} */
            role: "viewer" | "editor" | "admin" | "owner";
            /** @description By name; null once that person is gone, and where the command line did it. */
            invitedBy: null | string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
        };
        JoinedProject: {
            /** @description Its id. */
            project: string;
            session: components["schemas"]["SessionState"];
        };
        /** @description A key as it may be seen at any time. */
        KeyDetails: {
            id: string;
            /**
             * @description What the key is for
             * @enum {string}
             */
            kind: "write" | "read";
            name: string;
            /** @description The write key; null for a read key, which is stored as a hash only */
            key: null | string;
            /** @description The first characters of the key */
            prefix: string;
            /** Format: date-time */
            createdAt: string;
        };
        /** @description What persons are whose events have a value. Each list has one number for each interval. */
        LifecycleSeries: {
            /** @description The value as text; null where the event has none; "$other" for those past the limit. */
            breakdown: null | string;
            new: number[];
            returning: number[];
            resurrecting: number[];
            dormant: number[];
        };
        /** @enum {unknown} */
        LifecycleStatus: "new" | "returning" | "resurrecting" | "dormant" | null;
        MemberChange: {
            /** @enum {null|string} */
            role: "viewer" | "editor" | "admin" | "owner" | null;
        };
        /** @description Somebody who may see a project. */
        MemberDetails: {
            /** @description The account's. */
            id: string;
            email: string;
            name: string;
            /**
             * @description What the person may do
             * @enum {string}
             */
            role: "viewer" | "editor" | "admin" | "owner";
            /** @description An owner because of running the server; not a member's role that could be changed. */
            operator: boolean;
            /**
             * Format: date-time
             * @description Null for an operator.
             */
            since: null | string;
        };
        /** @description What would be a mistake now, and why. */
        Mistake: {
            /** @description Stable name, as in bigger_machine */
            id: string;
            title: string;
            because: string;
        };
        /** @description A link that shows a dashboard to who has it, to be made. */
        NewDashboardShare: {
            /** @description For whom it is. */
            name?: null | string;
            /** @description Whether a reader may choose another range, of those that are offered. */
            chooseRange?: boolean;
            /** @description Sites that may show it in a frame, such as https://intranet.example.com; none where it is left out. */
            embedOrigins?: string[];
            /**
             * Format: int32
             * @description Days after which it opens nothing any more, from 1 to 3650; null for never.
             */
            days?: null | number;
        };
        NewKey: {
            /**
             * @description write or read.
             * @enum {null|string}
             */
            kind: "write" | "read" | null;
            name: null | string;
        };
        /** @description Both are needed. */
        NewMember: {
            email: null | string;
            /** @enum {null|string} */
            role: "viewer" | "editor" | "admin" | "owner" | null;
        };
        /** @description A new project. Only the name is needed. */
        NewProject: {
            name: null | string;
            timeZone?: null | string;
            domains?: null | string[];
        };
        /** @description What whoever has an invitation's link is told. */
        OpenInvitation: {
            /** @description Its name. */
            project: string;
            email: string;
            /** @enum {string} */
            role: "viewer" | "editor" | "admin" | "owner";
            /** Format: date-time */
            expiresAt: string;
            /** @description The person of the e-mail signs in; otherwise they make an account. */
            hasAccount: boolean;
        };
        /** @description How one part of the server is; degraded where everything works without it, only slower or later. */
        PartStatus: {
            name: string;
            /** @enum {string} */
            status: "ok" | "degraded" | "failing";
            /** @description What is wrong; null when the part is well. */
            detail: null | string;
            /** Format: date-time */
            since: null | string;
        };
        PasswordChange: {
            /** @description The password until now. */
            current: null | string;
            /** @description From 8 to 256 characters. */
            password: null | string;
        };
        PathEdge: {
            /**
             * Format: int32
             * @description Position of string PathEdge.From in its way, from 1; string PathEdge.To is the next one.
             */
            step: number;
            from: string;
            to: string;
            /**
             * Format: int64
             * @description Ways that have the edge there.
             */
            count: number;
            /**
             * Format: double
             * @description From leaving the one step until reaching the next.
             */
            meanSeconds: number;
        };
        /** @enum {unknown} */
        PathItemKind: "pages" | "screens" | "events";
        /** @description The ways through events that have a value, as if there were no others. */
        PathsSeries: {
            /** @description The value as text; null where the event has none; "$other" for those past the limit. */
            breakdown: null | string;
            /**
             * Format: int64
             * @description As long PathsResult.Ways.
             */
            ways: number;
            /** @description Most frequent first. */
            edges: components["schemas"]["PathEdge"][];
            /** @description Whether there are more edges than were asked for. */
            more: boolean;
        };
        /** @description A person as of now. */
        PersonItem: {
            /** Format: int64 */
            key: number;
            /**
             * Format: uuid
             * @description Null for somebody personless.
             */
            uuid: null | string;
            /**
             * Format: date-time
             * @description The first event known; null for somebody personless.
             */
            createdAt: null | string;
            isIdentified: boolean;
            /** @description Some of the distinct ids. */
            distinctIds: string[];
            properties: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description The last event; null where none is stored.
             */
            lastSeen: null | string;
        };
        /** @description One page of persons. */
        PersonsPage: {
            persons: components["schemas"]["PersonItem"][];
            /**
             * Format: int64
             * @description Persons behind the point, on all pages; null for a list of all persons.
             */
            total: null | number;
            /** @description The cursor of the next page, or null on the last. */
            next: null | string;
        };
        /** @description The persons behind a point of an insight. */
        PersonsQuery: {
            query: components["schemas"]["InsightQuery"];
            point: components["schemas"]["InsightPoint"];
            /**
             * Format: int32
             * @description Persons on a page; of no meaning for a cohort, which takes all.
             * @default 50
             */
            limit?: number;
            /** @description The next of the page before. */
            cursor?: null | string;
        };
        /** @description What the load needs. */
        PlanAnswer: {
            /** @description A sentence */
            topology: string;
            /** @description Whether this version has all that it needs */
            fits: boolean;
            parts: components["schemas"]["PlanAnswerPart"][];
            /** Format: double */
            diskGigabytes: number;
            /**
             * Format: double
             * @description US dollars; null where the provider has no price for it
             */
            monthlyCost: null | number;
            costBasis: null | string;
            /** @description What breaks next */
            walls: string[];
            notes: string[];
        };
        PlanAnswerPart: {
            name: string;
            /**
             * Format: int32
             * @description Machines on which it runs.
             */
            count: number;
            /**
             * Format: int32
             * @description Of each of them, shared with other parts there.
             */
            virtualProcessors: number;
            /** Format: double */
            memoryGigabytes: number;
            /** Format: double */
            utilisation: number;
            /**
             * Format: double
             * @description Null where it is no place of waiting.
             */
            p99Milliseconds: null | number;
        };
        /** @description A load to plan for. */
        PlanQuestion: {
            /** Format: double */
            dailyActiveUsers: number;
            /** Format: double */
            eventsPerUser: number;
            /**
             * Format: double
             * @description Peak over mean
             */
            peak: number;
            /** Format: double */
            retentionDays: number;
            /** Format: double */
            queriesPerSecond: number;
            /** @enum {string} */
            provider: "aws" | "azure" | "gcp";
        };
        /** @description An event as a row will become it. */
        PreviewedEvent: {
            /** Format: int64 */
            line: number;
            /** @description With event, distinct_id, timestamp and properties, as JSON */
            json: string;
        };
        ProblemDetails: {
            type?: null | string;
            title?: null | string;
            /** Format: int32 */
            status?: null | number;
            detail?: null | string;
            instance?: null | string;
        };
        /** @description One event or request that a problem was found with. */
        ProblemExample: {
            /**
             * Format: date-time
             * @description When it was found.
             */
            at: string;
            /** @description The event's name, as far as it could be read. */
            event: null | string;
            distinctId: null | string;
            /** @description What sent it, with its version. */
            library: null | string;
            /** @description The member that is wrong. */
            field: null | string;
            /** @description A sentence. */
            wrong: string;
            /** @description What was made of it; a sentence. */
            done: string;
            /** @description A piece of what was sent, without addresses. */
            json: null | string;
        };
        /**
         * @description What became of something that was sent.
         * @enum {unknown}
         */
        ProblemKind: "rejected" | "changed" | "clock" | "merge" | "duplicate";
        /** @description Problems with what was sent to a project. */
        ProblemReport: {
            /**
             * Format: date-time
             * @description When the first hour begins.
             */
            from: string;
            /**
             * Format: int32
             * @description How many there are; the last is going on.
             */
            hours: number;
            /** @description Those that came, at most one for each kind. */
            kinds: components["schemas"]["ProblemsOfKind"][];
            /** @description Of the whole server: requests of no project that is known, for people who are signed in. */
            unassigned: components["schemas"]["ProblemsOfReason"][];
        };
        ProblemsOfKind: {
            kind: components["schemas"]["ProblemKind"];
            /**
             * Format: int64
             * @description Events; requests where their events could not be counted.
             */
            count: number;
            /** Format: date-time */
            lastSeen: string;
            /** @description The oldest hour first. */
            byHour: number[];
            /** @description The most frequent first. */
            reasons: components["schemas"]["ProblemsOfReason"][];
        };
        ProblemsOfReason: {
            /** @description A short, fixed word; docs/protocols.md and docs/api.md say which there are. */
            reason: string;
            /** Format: int64 */
            count: number;
            /** Format: date-time */
            lastSeen: string;
            /** @description Some of the latest, the latest first. */
            examples: components["schemas"]["ProblemExample"][];
        };
        /** @description A process of the installation that measures. */
        ProcessReport: {
            /** @description As in resources, in resource_measured events (node) and in metrics */
            name: string;
            /** @description Name of its machine or container */
            host: string;
            /** @description capture, writer, query; the one with writer has the jobs */
            roles: string[];
            /**
             * Format: int32
             * @description That it may use
             */
            processors: number;
            /**
             * Format: date-time
             * @description When its last measures were taken, by its clock
             */
            at: string;
        };
        ProjectDetails: {
            id: string;
            name: string;
            /** @description IANA name, such as Europe/Berlin */
            timeZone: string;
            /**
             * @description monday or sunday.
             * @enum {string}
             */
            weekStartsOn: "monday" | "sunday";
            /** @description Whether events keep the client's address as $ip */
            keepIp: boolean;
            /** @description Domains by which Plausible's scripts name the project */
            domains: string[];
            /** Format: date-time */
            createdAt: string;
            /**
             * @description What the caller may do in it
             * @enum {string}
             */
            role: "viewer" | "editor" | "admin" | "owner";
            /**
             * Format: int32
             * @description Days after which events are removed for good, by days of the time zone; null keeps them for ever
             */
            retentionDays: null | number;
            /** @description Properties of events and of persons that are not stored from now on */
            droppedProperties: string[];
            /** @description Whether visitors are told apart by an id of the day and by nothing that their devices store */
            cookieless: boolean;
        };
        /** @description received = stored + duplicates + rejected + waiting. */
        ProjectLedger: {
            /** Format: int64 */
            received: number;
            /** Format: int64 */
            stored: number;
            /** Format: int64 */
            duplicates: number;
            /** Format: int64 */
            rejected: number;
            /** Format: int64 */
            waiting: number;
            /** @description Of those stored, how many were removed since, by what */
            removed: components["schemas"]["RemovedEvents"];
        };
        /** @description What changes; null stays as it is. */
        ProjectPatch: {
            name?: null | string;
            timeZone?: null | string;
            /** @enum {null|string} */
            weekStartsOn?: "monday" | "sunday" | null;
            keepIp?: null | boolean;
            domains?: null | string[];
            /**
             * Format: int32
             * @description From 1 to 36500; 0 keeps events for ever
             */
            retentionDays?: null | number;
            /** @description At most 100 names */
            droppedProperties?: null | string[];
            cookieless?: null | boolean;
        };
        /** @description A property's name and the kinds of value it came with. */
        PropertyDefinition: {
            name: string;
            kinds: components["schemas"]["PropertyValueKind"][];
            /** @description What people wrote of it; null for nothing. */
            description: null | string;
            /** @description Left out of lists that do not ask for hidden ones. */
            hidden: boolean;
            /**
             * Format: int64
             * @description How many of the last days' events have it. Left out where no days were asked for, and of persons and groups.
             */
            events?: null | number;
            /**
             * Format: double
             * @description Of the last days' events, from 0 to 1.
             */
            share?: null | number;
            /**
             * Format: date-time
             * @description Not before this instant, and not long after it: known to the store's files. Left out where it is not known.
             */
            firstSeen?: null | string;
            /**
             * Format: date-time
             * @description Not after this instant, and not long before it.
             */
            lastSeen?: null | string;
        };
        /** @description A condition on a property. With several values, one that holds is enough. */
        PropertyFilter: {
            /** @description Any event property, or event, distinct_id, session_id; with person. in front, a property of the event's person as known now. */
            property: string;
            operator?: components["schemas"]["FilterOperator"];
            /** @description Texts, numbers or booleans; exactly one number for the four comparisons; none for is_set and is_not_set. */
            values?: unknown[];
        };
        /** @description A value as text and how often it came. */
        PropertyValueCount: {
            value: string;
            /** Format: int64 */
            count: number;
        };
        /** @enum {unknown} */
        PropertyValueKind: "text" | "number" | "boolean" | "json";
        /**
         * @description Whole days in the project's time zone (2026-11-01), both included; or instants (2026-11-01T00:00:00Z), half-open;
         *     or the last so many units, the present one included. Either from and to, or last and unit.
         */
        QueryRange: {
            from?: null | string;
            to?: null | string;
            /** Format: int32 */
            last?: null | number;
            unit?: null | components["schemas"]["Interval"];
        };
        /** @description Whose events belong together. Events without a group of the type belong to nobody. */
        QueryUnit: {
            /** @description A type of group, as events name it in $groups: company. */
            group: string;
        };
        /** @description Whether the server can do all of its work. */
        ReadyStatus: {
            /** @enum {string} */
            status: "ready" | "not_ready";
            parts: components["schemas"]["PartStatus"][];
        };
        RecentProblems: {
            /**
             * Format: date-time
             * @description The last problem of the last hour that is no duplicate; null where there was none.
             */
            lastSeen: null | string;
        };
        RefusedRow: {
            /**
             * Format: int64
             * @description Where the row begins, from 1.
             */
            line: number;
            /** @description A sentence. */
            reason: string;
        };
        RemovedEvents: {
            /**
             * Format: int64
             * @description Too old for the project's retention
             */
            retention: number;
            /**
             * Format: int64
             * @description Of persons who were deleted
             */
            deletion: number;
        };
        /** @description What a resource did over a time. */
        ResourceHistory: {
            resource: string;
            points: components["schemas"]["HistoryPoint"][];
        };
        /**
         * @description What a resource is: how it is shared, and with it what helps when there is too little of it.
         * @enum {unknown}
         */
        ResourceKind: "processor" | "thread" | "disk" | "queue" | "connections" | "memory" | "space" | "cache";
        /** @description One resource over the last minutes, by the USE method (Gregg, "Thinking Methodically about Performance", 2013). */
        ResourceReport: {
            /** @description As in resource_measured events and metrics: capture_cpu, capture_queue, fsync, writer, writer_cpu, store_writes, query_cpu, query_queue, clickhouse, cache, memory, disk_space, connections, consumer_lag */
            name: string;
            flow: components["schemas"]["Flow"];
            kind: components["schemas"]["ResourceKind"];
            /**
             * Format: double
             * @description 0 to 1: the share of the time in which it was busy, or of its room that is in use
             */
            utilisation: number;
            /**
             * Format: double
             * @description What waits for it, in saturationUnit
             */
            saturation: number;
            saturationUnit: string;
            /** Format: double */
            errorsPerSecond: number;
            /**
             * Format: double
             * @description Events or queries a second that passed it
             */
            throughput: number;
            /**
             * Format: double
             * @description Seconds of it that one event or query takes at the ceiling (utilisation over throughput, without what grows no further); null where it is none that serves, or too little passed it
             */
            serviceDemand: null | number;
            ceiling: null | components["schemas"]["Estimate"];
            /**
             * Format: double
             * @description Ceiling over present load of its process; null like it
             */
            headroom: null | number;
            /** @description Name of the process that it is of */
            process?: string;
        };
        RetentionCell: {
            /**
             * Format: int64
             * @description Persons who came back in these intervals.
             */
            returned: number;
            /**
             * Format: double
             * @description Of the cohort's size; null of nobody.
             */
            rate: null | number;
            state: components["schemas"]["IntervalState"];
        };
        /** @enum {unknown} */
        RetentionCohort: "recurring" | "first_ever" | "first_matching";
        /** @description The intervals From to To after that of the start, both included. */
        RetentionColumn: {
            /** Format: int32 */
            from: number;
            /** Format: int32 */
            to: number;
        };
        /** @enum {unknown} */
        RetentionMode: "calendar" | "rolling";
        /** @description All cohorts together, each with the weight of its size. */
        RetentionOverall: {
            /**
             * Format: int64
             * @description The sizes of all cohorts added up.
             */
            size: number;
            /** @description One for each column. */
            cells: components["schemas"]["RetentionOverallCell"][];
        };
        RetentionOverallCell: {
            /**
             * Format: int64
             * @description The sizes of those cohorts for which the cell is over.
             */
            size: number;
            /**
             * Format: int64
             * @description Of these.
             */
            returned: number;
            /**
             * Format: double
             * @description Null of nobody.
             */
            rate: null | number;
        };
        /** @description What a retention of so many days would free now. */
        RetentionPreview: {
            /** Format: int32 */
            days: number;
            /**
             * Format: date-time
             * @description Events dated before this go: the start of a day in the project's time zone
             */
            before: string;
            /** Format: int64 */
            events: number;
            /** @description Otherwise events are estimated from segments that go in part */
            eventsExact: boolean;
            /** Format: int64 */
            bytes: number;
            /** @description Otherwise bytes are estimated from segments that go in part */
            bytesExact: boolean;
            /**
             * Format: int64
             * @description All events stored now
             */
            totalEvents: number;
            /**
             * Format: int64
             * @description Their bytes on disk
             */
            totalBytes: number;
            /**
             * Format: date-time
             * @description The date of the oldest event; null where there is none
             */
            oldestEvent: null | string;
        };
        RetentionRow: {
            /**
             * Format: date-time
             * @description The start of the interval, with the zone's offset at it.
             */
            start: string;
            /**
             * Format: int64
             * @description Persons with a start in it.
             */
            size: number;
            /** @description One for each column. */
            cells: components["schemas"]["RetentionCell"][];
        };
        RetentionSeries: {
            /** @description The value as text; null where there is none; "$other" for those past the limit; absent without a breakdown. */
            breakdown?: null | string;
            /** @description One for each interval of the range, oldest first. */
            cohorts: components["schemas"]["RetentionRow"][];
            overall: components["schemas"]["RetentionOverall"];
        };
        SessionFigures: {
            /** Format: int64 */
            sessions: number;
            /**
             * Format: int64
             * @description Page views and screens.
             */
            views: number;
            /**
             * Format: double
             * @description Null of no session, as are the seconds.
             */
            viewsPerSession: null | number;
            /**
             * Format: double
             * @description Bounces of the sessions with a view; null where there is none.
             */
            bounceRate: null | number;
            /**
             * Format: double
             * @description From the first event to the last.
             */
            meanSeconds: null | number;
            /** Format: double */
            medianSeconds: null | number;
        };
        /** @enum {unknown} */
        SessionProperty: "page" | "entry_page" | "exit_page" | "channel" | "source" | "referrer" | "utm_source" | "utm_medium" | "utm_campaign" | "utm_term" | "utm_content" | "country" | "region" | "city" | "device" | "browser" | "os" | "event" | null;
        /** @description Who is signed in. */
        SessionState: {
            user: null | components["schemas"]["Account"];
            setupNeeded: boolean;
            /** @description For the header X-CSRF-Token; empty when nobody is signed in. */
            csrfToken: string;
        };
        /** @description Splits sessions by what each has one value of: either a session property or, in its place, one as other breakdowns take it. */
        SessionsBreakdown: {
            property?: null | components["schemas"]["SessionProperty"];
            /**
             * Format: int32
             * @description Values shown; the rest is put together as "$other".
             * @default 10
             */
            limit?: number;
            /** @description What breakdowns of trends take: a property of the session's first event that has it, of its person, or a cohort. */
            eventProperty?: null | string;
        };
        /** @description The period before; values belong to compareBuckets. */
        SessionsComparison: {
            values: components["schemas"]["SessionFigures"][];
            total: components["schemas"]["SessionFigures"];
        };
        SessionsSeries: {
            /** @description The value as text; null where there is none; "$other" for those past the limit; absent without a breakdown. */
            breakdown?: null | string;
            /** @description One for each bucket. */
            values: components["schemas"]["SessionFigures"][];
            /** @description Over the whole range. */
            total: components["schemas"]["SessionFigures"];
            compare?: null | components["schemas"]["SessionsComparison"];
        };
        SetupRequest: {
            email: null | string;
            name: null | string;
            password: null | string;
        };
        /** @description A dashboard as who has its link sees it. */
        SharedDashboard: {
            name: string;
            description: string;
            /** @description IANA name. */
            timeZone: string;
            range: null | components["schemas"]["QueryRange"];
            /** @description Ranges that may be chosen in its place. */
            ranges: components["schemas"]["QueryRange"][];
            /** Format: int32 */
            refreshSeconds: number;
            tiles: components["schemas"]["SharedTile"][];
        };
        /** @description A tile, without its question. */
        SharedTile: {
            /** Format: int32 */
            id: number;
            title: string;
            display: components["schemas"]["TileDisplay"];
            /** @description Which figure is drawn, of kinds with several; their first where it is absent. */
            figure?: null | string;
            /** Format: int32 */
            x: number;
            /** Format: int32 */
            y: number;
            /** Format: int32 */
            width: number;
            /** Format: int32 */
            height: number;
        };
        SignInRequest: {
            email: null | string;
            password: null | string;
        };
        /** @description A statement over the project's relations. */
        SqlRequest: {
            /** @description One SELECT. */
            sql: string;
            /** @description The values of $1, $2 …: texts, numbers, true, false, null. */
            parameters?: null | unknown[];
            /** @description json, csv, parquet or arrow; where it is left out the Accept header says, else json. */
            format?: null | string;
            /**
             * Format: int32
             * @description At most so many rows, and more says whether there are others; where it is left out a result past the server's bound is refused.
             */
            limit?: null | number;
        };
        /** @description A column of an answer. */
        SqlResultColumn: {
            name: string;
            type: string;
        };
        /** @description A statement's answer as JSON. */
        SqlResultDocument: {
            columns: components["schemas"]["SqlResultColumn"][];
            /** @description For each row a value for each column: integers beyond 2^53, long decimals, NaN and infinities are texts. */
            rows: unknown[][];
            /** Format: int64 */
            rowCount: number;
            /** @description Whether there are rows past the limit. */
            more: boolean;
            /**
             * Format: int64
             * @description The version of the project's data that it was read from.
             */
            dataVersion: number;
            /**
             * Format: int64
             * @description Rows that it had to scan at most.
             */
            estimatedRows: number;
            /**
             * Format: int32
             * @description Columns that it had to read of each.
             */
            estimatedColumns: number;
            /**
             * Format: int64
             * @description Bytes of files that these are, estimated by their share.
             */
            estimatedBytes: number;
            /** Format: double */
            queuedMs: number;
            /** Format: double */
            elapsedMs: number;
        };
        /** @description What a statement may read. */
        SqlSchema: {
            relations: components["schemas"]["SqlSchemaRelation"][];
        };
        SqlSchemaColumn: {
            name: string;
            /** @description As the engine writes it: VARCHAR, DOUBLE, TIMESTAMP … */
            type: string;
            /** @description The property that it holds, or null for a column that every row has. */
            property: null | string;
            /** @description The kinds in which the property came; several are read as text here. */
            kinds: components["schemas"]["PropertyValueKind"][];
            /** @description What it means, or how it is read. */
            description: null | string;
        };
        SqlSchemaRelation: {
            name: string;
            description: string;
            columns: components["schemas"]["SqlSchemaColumn"][];
        };
        SseItemOfstring: {
            data?: null | string;
            eventType?: null | string;
            eventId?: null | string;
            reconnectionInterval?: null | string;
        };
        StickinessSeries: {
            /**
             * Format: int32
             * @description Index of the series in the query.
             */
            series: number;
            name: string;
            /**
             * Format: int64
             * @description Active in at least one interval.
             */
            persons: number;
            /** @description Persons active in 1, 2 … intervals (or more, where cumulative). */
            values: number[];
            /** @description The value as text; null where the event has none; "$other" for those past the limit; absent without a breakdown. */
            breakdown?: null | string;
        };
        /** @description What a tile shows. */
        TileAnswer: {
            /** @description As it was asked, with the dashboard's range and filters in it. */
            query: components["schemas"]["InsightQuery"];
            result: components["schemas"]["InsightResult"];
        };
        /** @enum {unknown} */
        TileDisplay: "line" | "bar" | "number" | "table" | "map";
        /** @description The period before; values belong to compareBuckets. */
        TrendsComparison: {
            values: (null | number)[];
            /** Format: double */
            total: null | number;
        };
        /** @description A number out of those of the series: A is the first, B the second; + - * / and parentheses. */
        TrendsFormula: {
            /** @description Such as "B / A * 100". */
            expression: string;
            /** @description How it is called in the answer; null for the expression. */
            name?: null | string;
        };
        /** @enum {unknown} */
        TrendsMath: "total" | "unique_persons" | "sum" | "average" | "min" | "max" | "median" | "p90" | "p95" | "p99" | "unique_sessions" | "weekly_active" | "monthly_active" | "first_time" | "first_matching";
        /** @description What is counted. */
        TrendsSeries: {
            /** @description The event's name; null for any event. */
            event?: null | string;
            math?: components["schemas"]["TrendsMath"];
            /** @description The property whose numbers are summed, averaged …; null where events, persons or sessions are counted. */
            property?: null | string;
            /**
             * @description The math is over persons instead of events: each person is one number, the count of the person's events or, with
             *     a property, the sum of its numbers.
             */
            perPerson?: boolean;
            /** @description Only formulas use it: it is not in the answer. */
            hidden?: boolean;
            /** @description How the series is called in the answer; null for one made from the event. */
            name?: null | string;
            /** @description Hold for this series, with the query's own. */
            filters?: components["schemas"]["PropertyFilter"][];
        };
        TrendsSeriesResult: {
            /**
             * Format: int32
             * @description Index of the series in the query; formulas are counted on after the series.
             */
            series: number;
            name: string;
            /** @description The value as text; null where the event has none; "$other" for those past the limit; absent without a breakdown. */
            breakdown?: null | string;
            /** @description One for each bucket; null for an average of nothing. */
            values: (null | number)[];
            /**
             * Format: double
             * @description Over the whole range: a person in several buckets is one. Of weekly and monthly actives, the last point.
             */
            total: null | number;
            compare?: null | components["schemas"]["TrendsComparison"];
        };
        /** @description When a flow's load meets its ceiling. */
        WallForecast: {
            flow: components["schemas"]["Flow"];
            /** @description The resource that is the wall */
            resource: string;
            /** Format: double */
            ceiling: number;
            /**
             * Format: date
             * @description Half of the forecasts meet the wall before this day; null where that is beyond two years
             */
            median: null | string;
            /**
             * Format: date
             * @description One in twenty meets it before this day; null likewise
             */
            early: null | string;
            /**
             * Format: date
             * @description One in twenty does not meet it before this day; null likewise
             */
            late: null | string;
            /**
             * Format: double
             * @description Share by which the load grows in a week, as in 0.04
             */
            growthPerWeek: number;
            days: components["schemas"]["ForecastDay"][];
            /** @description What it rests on, as a sentence; or why there is no forecast yet */
            basis: string;
        };
        WebComparison: {
            totals?: null | components["schemas"]["WebFigures"];
            series?: null | components["schemas"]["WebSeries"];
        };
        WebFigures: {
            /**
             * Format: int64
             * @description Different persons.
             */
            visitors: number;
            /** Format: int64 */
            visits: number;
            /** Format: int64 */
            pageViews: number;
            /**
             * Format: double
             * @description All views of the visits, also those that a filter leaves out; null of no visit.
             */
            viewsPerVisit: null | number;
            /**
             * Format: double
             * @description Of the visits that entered where the filters say; null of none.
             */
            bounceRate: null | number;
            /**
             * Format: double
             * @description From the first event to the last, bounces included; null of no visit.
             */
            meanSeconds: null | number;
        };
        WebList: {
            by?: null | components["schemas"]["SessionProperty"];
            /** @description The property of events that the list is by; absent where it is by another. */
            eventProperty?: null | string;
            rows: components["schemas"]["WebRow"][];
            /** @description Whether there are more rows than were asked for. */
            more: boolean;
        };
        /** @description Visits by a property of theirs or, in its place, by one as breakdowns take it. */
        WebListQuery: {
            by?: null | components["schemas"]["SessionProperty"];
            /**
             * Format: int32
             * @description Rows, those with the most visitors first.
             * @default 10
             */
            limit?: number;
            /** @description What breakdowns of trends take: a property of the visit's first event that has it, of its visitor, or a cohort. */
            eventProperty?: null | string;
        };
        /** @enum {unknown} */
        WebPart: "totals" | "series" | "vitals";
        WebRow: {
            /** @description As text; null for visits without any. */
            value: null | string;
            /** Format: int64 */
            visitors: number;
            /** Format: int64 */
            visits: number;
            /**
             * Format: int64
             * @description Of these visits; by page, those of the page.
             */
            pageViews: number;
            /**
             * Format: double
             * @description By page, of the visits that entered there; null of none.
             */
            bounceRate: null | number;
            /** Format: double */
            meanSeconds: null | number;
            /**
             * Format: int64
             * @description By event, how many there are of it.
             */
            events?: null | number;
            compare?: null | components["schemas"]["WebRowBefore"];
        };
        WebRowBefore: {
            /** Format: int64 */
            visitors: number;
            /** Format: int64 */
            visits: number;
            /** Format: int64 */
            pageViews: number;
            /** Format: double */
            bounceRate: null | number;
            /** Format: double */
            meanSeconds: null | number;
            /**
             * Format: int64
             * @description As of the row.
             */
            events?: null | number;
        };
        WebSeries: {
            interval: components["schemas"]["Interval"];
            /** @description The start of each bucket, with the zone's offset at it. */
            buckets: string[];
            /** @description One for each bucket. */
            values: components["schemas"]["WebFigures"][];
        };
        WebVital: {
            /**
             * Format: double
             * @description Three of four measurements are at most this, interpolated; null of none.
             */
            p75: null | number;
            /**
             * Format: int64
             * @description Measurements.
             */
            count: number;
        };
        WebVitalFigures: {
            /** @description Largest contentful paint, milliseconds. */
            lcp: components["schemas"]["WebVital"];
            /** @description Interaction to next paint, milliseconds. */
            inp: components["schemas"]["WebVital"];
            /** @description Cumulative layout shift, no unit. */
            cls: components["schemas"]["WebVital"];
            /** @description First contentful paint, milliseconds. */
            fcp: components["schemas"]["WebVital"];
            /** @description Time to first byte, milliseconds. */
            ttfb: components["schemas"]["WebVital"];
        };
        /** @enum {unknown} */
        WebVitalName: "lcp" | "inp" | "cls" | "fcp" | "ttfb" | null;
        WebVitals: {
            overall: components["schemas"]["WebVitalFigures"];
            /** @description Those measured most often first. */
            pages: components["schemas"]["WebVitalsPage"][];
            /** @description Whether there are more pages. */
            more: boolean;
        };
        WebVitalsPage: {
            /** @description Null for measurements without one. */
            page: null | string;
            figures: components["schemas"]["WebVitalFigures"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    leaveProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyStatus"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyStatus"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionState"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionState"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    setup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionState"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listProjects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectDetails"][];
                };
            };
        };
    };
    createProject: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewProject"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedProject"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    changeProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getLedger: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectLedger"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyDetails"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    deleteKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listAnnotations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnotationDetails"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    createAnnotation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnnotationChange"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnotationDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    deleteAnnotation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    changeAnnotation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnnotationChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnotationDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberDetails"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    addMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedMember"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    changeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationDetails"][];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    createInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedInvitation"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    deleteInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenInvitation"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationAnswer"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinedProject"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    previewRetention: {
        parameters: {
            query: {
                /** @description From 1 to 36,500 */
                days: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionPreview"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonItem"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    deletePerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionReceipt"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listDeletions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionReceipt"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getDeletion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionReceipt"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listImports: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportList"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    importEvents: {
        parameters: {
            query: {
                /** @description ndjson, csv or log; auto, or left out, goes by the first line. */
                format?: string;
                /** @description CSV: FIELD=COLUMN for event, distinct_id, timestamp and uuid, once for each; without a column the field has none. Left out, columns of the fields' own names. */
                map: string[];
                /** @description CSV: the character between columns; left out, by the header. */
                delimiter?: string;
                /** @description The event's name for CSV without such a column, and for access logs instead of $pageview. */
                event?: string;
                /** @description Access logs: what comes before the path, such as https://example.com. */
                site?: string;
                /** @description The file's name, for people who look at the list. */
                name?: string;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "*/*": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    previewImport: {
        parameters: {
            query: {
                /** @description ndjson, csv or log; auto, or left out, goes by the first line. */
                format?: string;
                /** @description CSV: FIELD=COLUMN for event, distinct_id, timestamp and uuid, once for each; without a column the field has none. Left out, columns of the fields' own names. */
                map: string[];
                /** @description CSV: the character between columns; left out, by the header. */
                delimiter?: string;
                /** @description The event's name for CSV without such a column, and for access logs instead of $pageview. */
                event?: string;
                /** @description Access logs: what comes before the path, such as https://example.com. */
                site?: string;
                /** @description Whether the file goes on after the body. */
                cut?: boolean;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "*/*": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportPreview"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    cancelImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    Query: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InsightQuery"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InsightResult"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListEvents: {
        parameters: {
            query?: {
                /** @description Only events of this name. */
                event?: string;
                /** @description A JSON array of filters, as in a query. */
                filters?: string;
                /** @description The first day or instant. */
                from?: string;
                /** @description The last day, included, or the instant before which. */
                to?: string;
                /** @description The next of the page before. */
                cursor?: string;
                /** @description Events on the page; 50 where it is left out. */
                limit?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsPage"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDetails"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ExportEvents: {
        parameters: {
            query?: {
                /** @description Only events of this name. */
                event?: string;
                /** @description The first day or instant. */
                from?: string;
                /** @description The last day, included, or the instant before which. */
                to?: string;
                /** @description Whether the lines are compressed; true where it is left out. */
                gzip?: boolean;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListEventDefinitions: {
        parameters: {
            query?: {
                /** @description Part of the name, in any case. */
                search?: string;
                /** @description At most so many; 100 where it is left out. */
                limit?: number;
                /** @description include lists hidden ones too. */
                hidden?: string;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDefinition"][];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListEventActivity: {
        parameters: {
            query?: {
                /** @description Part of the name, in any case. */
                search?: string;
                /** @description At most so many; 1,000 where it is left out. */
                limit?: number;
                /** @description So many days, today included; 30 where it is left out, at most 90. */
                days?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventActivity"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListPropertyDefinitions: {
        parameters: {
            query?: {
                /** @description Only what came with this event. */
                event?: string;
                /** @description Part of the name, in any case. */
                search?: string;
                /** @description At most so many; 100 where it is left out. */
                limit?: number;
                /** @description include lists hidden ones too. */
                hidden?: string;
                /** @description Counts how many events of so many days, today included, have each; at most 90. */
                days?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PropertyDefinition"][];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListPropertyValues: {
        parameters: {
            query?: {
                /** @description The property, or event, distinct_id, session_id. */
                property?: string;
                /** @description Only what came with this event. */
                event?: string;
                /** @description Part of the value, in any case. */
                search?: string;
                /** @description At most so many; 100 where it is left out. */
                limit?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PropertyValueCount"][];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ChangeDefinitions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DefinitionChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DefinitionDetails"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    QueryPersons: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonsQuery"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonsPage"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListPersons: {
        parameters: {
            query?: {
                /** @description A distinct id, a uuid, or a part of an e-mail address or name. */
                search?: string;
                /** @description Only persons of the cohort with this number. */
                cohort?: string;
                /** @description The next of the page before. */
                cursor?: string;
                /** @description Persons on the page; 50 where it is left out. */
                limit?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonsPage"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListPersonEvents: {
        parameters: {
            query?: {
                /** @description The first day or instant. */
                from?: string;
                /** @description The last day, included, or the instant before which. */
                to?: string;
                /** @description The next of the page before. */
                cursor?: string;
                /** @description Events on the page; 50 where it is left out. */
                limit?: number;
            };
            header?: never;
            path: {
                project: string;
                uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsPage"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListVisitorEvents: {
        parameters: {
            query?: {
                /** @description As the events have it, whole. */
                distinctId?: string;
                /** @description The first day or instant. */
                from?: string;
                /** @description The last day, included, or the instant before which. */
                to?: string;
                /** @description The next of the page before. */
                cursor?: string;
                /** @description Events on the page; 50 where it is left out. */
                limit?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsPage"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListCohorts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CohortDetails"][];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    CreateCohort: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CohortChange"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CohortDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetCohort: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CohortDetails"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    DeleteCohort: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ChangeCohort: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CohortChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CohortDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    RunSql: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SqlRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SqlResultDocument"];
                    "text/csv": components["schemas"]["SqlResultDocument"];
                    "application/vnd.apache.parquet": components["schemas"]["SqlResultDocument"];
                    "application/vnd.apache.arrow.stream": components["schemas"]["SqlResultDocument"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetSqlSchema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SqlSchema"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listProblems: {
        parameters: {
            query?: {
                /** @description So many days; 7 where it is left out, at most 30. */
                days?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemReport"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    recentProblems: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecentProblems"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListDashboards: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardSummary"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    CreateDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DashboardChange"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    DeleteDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ChangeDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DashboardChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Precondition Required */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    RestoreDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    DuplicateDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetTile: {
        parameters: {
            query?: {
                /** @description The first day or instant of a range in place of the dashboard's. */
                from?: string;
                /** @description The last day, included, or the instant before which. */
                to?: string;
                /** @description In place of from and to: the last so many units. */
                last?: string;
                /** @description minute, hour, day, week or month. */
                unit?: string;
                /** @description true for the tile's own range, also where the dashboard has one for all. */
                own?: string;
                /** @description A JSON array of filters in place of the dashboard's. */
                filters?: string;
            };
            header?: never;
            path: {
                project: string;
                id: number;
                tile: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TileAnswer"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    ListDashboardShares: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardShare"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    CreateDashboardShare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDashboardShare"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedDashboardShare"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    DeleteDashboardShare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
                id: number;
                share: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    WatchLive: {
        parameters: {
            query?: {
                /** @description Only events of this name. */
                event?: string;
                events?: boolean;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["SseItemOfstring"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getCapacityByKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapacityReport"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getCapacity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapacityReport"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    getResourceHistory: {
        parameters: {
            query: {
                /** @description Name of a resource, as in the report */
                resource: string;
                range?: string;
                /** @description Name of a process, as in the report; without it all that have the resource: the highest utilisation, and the sum of all else */
                process?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResourceHistory"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
        };
    };
    planCapacity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
        };
    };
    GetSharedDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharedDashboard"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    GetSharedTile: {
        parameters: {
            query?: {
                /** @description A range that the link offers: the last so many units. */
                last?: string;
                /** @description hour, day or month. */
                unit?: string;
            };
            header?: never;
            path: {
                token: string;
                tile: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TileAnswer"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    listAlerts: {
        parameters: {
            query?: {
                /** @description How many of those that are well again, at most 200; 20 where it is left out. */
                resolved?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertsReport"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
        };
    };
    acknowledgeAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As part:writer. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertAcknowledgement"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["HttpValidationProblemDetails"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    testAlerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertTest"];
                };
            };
        };
    };
}
