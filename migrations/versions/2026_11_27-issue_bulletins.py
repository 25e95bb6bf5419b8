"""issue bulletins: monthly, by two people, kept so that they can be computed again"""

import sqlalchemy as sa
from alembic import op

revision = "7be20c94d1a6"
down_revision = "f3a6d18c5e92"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bulletin',
    sa.Column('ref', sa.String(length=24), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('cut_off_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=30), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text', sa.JSON(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=True),
    sa.Column('credit_mark', sa.Integer(), nullable=True),
    sa.Column('entry_mark', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('answer', sa.String(length=200), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('issue_year', sa.Integer(), nullable=True),
    sa.Column('serial', sa.Integer(), nullable=True),
    sa.Column('made_with', sa.String(length=200), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('edited_at', sa.DateTime(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(), nullable=True),
    sa.Column('issued_at', sa.DateTime(), nullable=True),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('edited_by_id', sa.Integer(), nullable=False),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('issued_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("(corrects_id IS NULL) = (reason = '')", name=op.f('ck_bulletin_reason')),
    sa.CheckConstraint("(state = 'issued') = (number IS NOT NULL AND issued_by_id IS NOT NULL AND issued_at IS NOT NULL AND serial IS NOT NULL)", name=op.f('ck_bulletin_issued')),
    sa.CheckConstraint("state = 'issued' OR sent_at IS NULL", name=op.f('ck_bulletin_sent')),
    sa.CheckConstraint('issued_by_id <> made_by_id AND issued_by_id <> edited_by_id AND issued_by_id <> submitted_by_id', name=op.f('ck_bulletin_another_issues')),
    sa.CheckConstraint('month BETWEEN 1 AND 12', name=op.f('ck_bulletin_month')),
    sa.CheckConstraint('year BETWEEN 2018 AND 2100', name=op.f('ck_bulletin_year')),
    sa.ForeignKeyConstraint(['corrects_id'], ['bulletin.id'], name=op.f('fk_bulletin_corrects_id')),
    sa.ForeignKeyConstraint(['edited_by_id'], ['person.id'], name=op.f('fk_bulletin_edited_by_id')),
    sa.ForeignKeyConstraint(['issued_by_id'], ['person.id'], name=op.f('fk_bulletin_issued_by_id')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_bulletin_made_by_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['person.id'], name=op.f('fk_bulletin_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulletin')),
    sa.UniqueConstraint('issue_year', 'serial', name=op.f('uq_bulletin_issue_year_serial')),
    sa.UniqueConstraint('number', name=op.f('uq_bulletin_number')),
    sa.UniqueConstraint('ref', name=op.f('uq_bulletin_ref'))
    )
    with op.batch_alter_table('bulletin', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bulletin_state'), ['state'], unique=False)
        batch_op.create_index('uq_bulletin_corrects_id', ['corrects_id'], unique=True, sqlite_where=sa.text("state <> 'called_off'"), postgresql_where=sa.text("state <> 'called_off'"))
        batch_op.create_index('uq_bulletin_month', ['year', 'month'], unique=True, sqlite_where=sa.text("corrects_id IS NULL AND state <> 'called_off'"), postgresql_where=sa.text("corrects_id IS NULL AND state <> 'called_off'"))

    op.create_table('bulletin_file',
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('bulletin_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_bulletin_file_attachment_id')),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_bulletin_file_bulletin_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulletin_file')),
    sa.UniqueConstraint('bulletin_id', 'kind', name=op.f('uq_bulletin_file_bulletin_id_kind'))
    )
    op.create_table('bulletin_unit',
    sa.Column('bulletin_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_bulletin_unit_bulletin_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_bulletin_unit_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulletin_unit')),
    sa.UniqueConstraint('bulletin_id', 'unit_id', name=op.f('uq_bulletin_unit_bulletin_id_unit_id'))
    )
    with op.batch_alter_table('bulletin_unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bulletin_unit_unit_id'), ['unit_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('bulletin_unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bulletin_unit_unit_id'))

    op.drop_table('bulletin_unit')
    op.drop_table('bulletin_file')
    with op.batch_alter_table('bulletin', schema=None) as batch_op:
        batch_op.drop_index('uq_bulletin_month', sqlite_where=sa.text("corrects_id IS NULL AND state <> 'called_off'"), postgresql_where=sa.text("corrects_id IS NULL AND state <> 'called_off'"))
        batch_op.drop_index('uq_bulletin_corrects_id', sqlite_where=sa.text("state <> 'called_off'"), postgresql_where=sa.text("state <> 'called_off'"))
        batch_op.drop_index(batch_op.f('ix_bulletin_state'))

    op.drop_table('bulletin')
