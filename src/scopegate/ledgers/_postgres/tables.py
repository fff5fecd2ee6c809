"""What stands next to a ledger's tables on a server, asked of PostgreSQL's catalogs.

Only what is in the ledger's schema is looked at. What an extension brought there, and
what REINDEX CONCURRENTLY has not finished, is left alone.
"""

from .._sql.schema import Dialect
from .._sql.strangers import Stranger
from .session import Session

# Names in any encoding come as plain ASCII; they are only shown.
_STRANGERS = """
WITH here AS (
    SELECT c.oid, c.relname::text AS name, c.relkind, c.relpersistence, c.relrowsecurity,
        c.relkind = 'r' AND c.relpersistence = 'p' AND c.relname = ANY(%s) AS is_made
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                AND d.objid = c.oid AND d.deptype = 'e'
        )
),
made AS (SELECT * FROM here WHERE is_made),
found (kind, name, owner) AS (
    SELECT
        CASE
            WHEN relkind IN ('v', 'm') THEN 'view'
            WHEN relkind = 'S' THEN 'sequence'
            WHEN relpersistence = 'u' THEN 'unlogged table'
            ELSE 'table'
        END, name, ''
    FROM here WHERE NOT is_made
    UNION ALL
    SELECT 'row-level security', name, name FROM made WHERE relrowsecurity
    UNION ALL
    SELECT 'policy', p.polname, m.name FROM made m JOIN pg_policy p ON p.polrelid = m.oid
    UNION ALL
    SELECT 'rule', r.rulename, m.name FROM made m JOIN pg_rewrite r ON r.ev_class = m.oid
    UNION ALL
    SELECT 'trigger', t.tgname, m.name
    FROM made m JOIN pg_trigger t ON t.tgrelid = m.oid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'index', i.relname, m.name
    FROM made m JOIN pg_index x ON x.indrelid = m.oid
        JOIN pg_class i ON i.oid = x.indexrelid
    WHERE NOT x.indisprimary
        AND (x.indisvalid OR x.indexprs IS NOT NULL OR x.indpred IS NOT NULL)
    UNION ALL
    SELECT 'constraint', c.conname, m.name
    FROM made m JOIN pg_constraint c ON c.conrelid = m.oid
    WHERE c.contype IN ('c', 'f', 'u', 'x')
    UNION ALL
    SELECT 'default', a.attname, m.name
    FROM made m JOIN pg_attribute a ON a.attrelid = m.oid
    WHERE a.attnum > 0 AND (a.atthasdef OR a.attidentity <> '')
    UNION ALL
    SELECT 'child table', c.relname, m.name
    FROM made m JOIN pg_inherits h ON h.inhparent = m.oid
        JOIN pg_class c ON c.oid = h.inhrelid
    UNION ALL
    SELECT 'parent table', c.relname, m.name
    FROM made m JOIN pg_inherits h ON h.inhrelid = m.oid
        JOIN pg_class c ON c.oid = h.inhparent
)
SELECT
    kind,
    encode(convert_to(name, 'SQL_ASCII'), 'escape'),
    encode(convert_to(owner, 'SQL_ASCII'), 'escape')
FROM found
"""


def strangers(session: Session, dialect: Dialect, schema: str) -> list[Stranger]:
    """Return the things in *schema* not made by scopegate; ask in a transaction."""
    found = session.rows(_STRANGERS, dialect.tables(), schema)
    return [Stranger(*map(str, each)) for each in found]
