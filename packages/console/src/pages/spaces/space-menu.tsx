import { RowMenu } from '../../parts/row-menu.tsx';

interface SpaceMenuProps {
  readonly name: string;
  readonly mayDelete: boolean;
  readonly onChoose: (what: 'limits' | 'delete') => void;
}

export function SpaceMenu({ name, mayDelete, onChoose }: SpaceMenuProps) {
  return (
    <RowMenu
      label={`Actions for ${name}`}
      items={[
        { title: 'Change plan and limits', onChoose: () => onChoose('limits') },
        ...(mayDelete ? [{ title: 'Delete', danger: true, onChoose: () => onChoose('delete') }] : []),
      ]}
    />
  );
}
